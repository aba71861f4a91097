import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

// Real volumes are read in place and never copied in; without them there is nothing to test.
const folder = resolve(process.env['SPINDLE_REAL_DATA'] || '../shared/data');
const present = existsSync(folder);
if (!present)
  console.log(`No real data: no folder ${folder} (set SPINDLE_REAL_DATA), so the tests on real files are skipped.`);

export default defineConfig({
  test: {
    ...base.test,
    include: present ? ['test/real/**/*.real.test.ts'] : [],
    exclude: [],
    passWithNoTests: true,
    env: { ...base.test?.env, SPINDLE_REAL_DATA: folder },
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The module that exports all workflows. */
export const WORKFLOWS_PATH = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

const CORE = fileURLToPath(new URL('../core/', import.meta.url));

/**
 * What a worker loads once, frozen, for all its workflows: core/ and zod. Else each workflow in memory loads it anew, at 1.8 MB and 50 ms
 * instead of 0.06 MB and 3 ms, and some two thousand open review tasks are the end of a worker with 4 GB.
 * It asks two things of core/, which tests and eslint hold: a module keeps no state, and what workflows call asks no schema, as
 * zod's schemas write to themselves when first asked.
 */
export const BUNDLER_OPTIONS = {
  preloadModules: [
    'zod',
    ...readdirSync(CORE)
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(CORE, name)),
  ],
};

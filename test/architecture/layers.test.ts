import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { breaches, LAYERS } from './layer-rules.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FOLDERS = ['core', 'workflows', 'activities', 'adapters', 'client', 'workers', 'cli', 'web', 'infra', 'bench'];

describe('the layer rule', () => {
  it('holds in every source file', () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap((path) => breaches(path, readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
  });

  it('covers every folder', () => {
    for (const folder of FOLDERS) expect(LAYERS.some(({ at }) => at === folder)).toBe(true);
  });

  // Controls: each of these sources breaks the rule, so that a rule that lets everything pass is noticed.
  it.each([
    ['core/x.ts', "import { readFileSync } from 'node:fs';"],
    ['core/x.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['core/x.ts', "import type { Volume } from '../adapters/volume.ts';"],
    ['core/x.ts', "export * from '../workflows/round.ts';"],
    ['core/x.ts', "const volume = await import('../adapters/volume.ts');"],
    ['core/x.ts', 'const anything = await import(`../${folder}/x.ts`);'],
    ['core/x.ts', "type Volume = import('../adapters/volume.ts').Volume;"],
    ['core/x.ts', "import z from 'zodiac';"],
    ['workflows/x.ts', "import { createActivities } from '../activities/index.ts';"],
    ['workflows/x.ts', "import { createActivities, type Activities } from '../activities/index.ts';"],
    ['workflows/x.ts', "import {} from '../activities/index.ts';"],
    ['activities/x.ts', "import { S3Client } from '@aws-sdk/client-s3';"],
    ['adapters/x.ts', "import { connect } from '../client/connect.ts';"],
    ['client/x.ts', "import { roundWorkflow } from '../workflows/round.ts';"],
    ['infra/setup/x.mjs', "import { z } from 'zod';"],
    ['infra/phantom/x.ts', "import { up } from '../../cli/commands/up.ts';"],
    ['web/x.ts', "import { reviewTask } from '../workflows/review-task.ts';"],
    ['workers/x.ts', "import { createOutput } from '../cli/output.ts';"],
    ['cli/x.ts', "import { temporaryHome } from '../test/infra/local-home.ts';"],
    ['bench/x.ts', "import { syntheticPair } from '../test/support/spine-mask.ts';"],
    ['core/x.ts', "import { shortestMs } from '../bench/support/report.ts';"],
    ['adapters/x.ts', "const home = process.env['SPINDLE_HOME'];"],
    ['adapters/x.ts', "const home = process['env'].SPINDLE_HOME;"],
    ['adapters/x.ts', 'const home = globalThis.process.env.SPINDLE_HOME;'],
    ['cli/x.ts', 'const { env } = process;'],
    ['web/x.ts', "import { env as settings } from 'node:process';"],
    ['helpers/x.ts', ''],
  ])('finds the breach in %s: %s', (path, source) => {
    expect(breaches(path, source)).toHaveLength(1);
  });

  it.each([
    ['core/x.ts', "import { z } from 'zod';\nimport { Digest } from './ids.ts';"],
    ['workflows/x.ts', "import type { Activities } from '../activities/index.ts';"],
    ['workflows/x.ts', "import { type Activities } from '../activities/index.ts';"],
    ['core/x.ts', "// import 'node:fs';\nexport const text = \"import 'node:fs'; process.env\";"],
    ['workers/x.ts', "import { createActivities } from '../activities/index.ts';\nconst home = process.env['HOME'];"],
  ])('lets %s be: %s', (path, source) => {
    expect(breaches(path, source)).toEqual([]);
  });
});

function sourceFiles(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) => `${folder}/${path}`),
  ).filter((path) => /\.(ts|mts|mjs|js)$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path));
}

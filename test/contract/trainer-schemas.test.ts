import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { afterAll, describe, expect, test } from 'vitest';
import { z, type ZodType } from 'zod';
import { ModelCard, TrainerEvent, TrainingJob } from '../../core/trainer-contract.ts';

const SCHEMAS = fileURLToPath(new URL('../../docs/schemas/', import.meta.url));
const EXAMPLE = fileURLToPath(new URL('../data/trainer/example-trainer.mjs', import.meta.url));
const FILES: [string, ZodType][] = [
  ['trainer-job.json', TrainingJob],
  ['trainer-event.json', TrainerEvent],
  ['model-card.json', ModelCard],
];

describe('docs/schemas', () => {
  test.each(FILES)('%s is what core/trainer-contract.ts says (vitest -u writes it anew)', async (file, schema) => {
    // Unknown fields are allowed: the next minor version may add some.
    const json = JSON.stringify(z.toJSONSchema(schema, { io: 'input' }));
    const path = join(SCHEMAS, file);
    const text = await format(json, { ...(await resolveConfig(path)), parser: 'json' });
    await expect(text).toMatchFileSnapshot(path);
  });
});

describe('the example trainer, by the JSON Schemas alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-example-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const schema = (file: string): ZodType =>
    z.fromJSONSchema(JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as Parameters<typeof z.fromJSONSchema>[0]);
  const job = {
    schema: 'spindle.job/1',
    dataset: 'phantom',
    version: 'a'.repeat(64),
    round: 0,
    trainer: 'example',
    preset: 'demo',
    seed: 1,
    budget: { seconds: null, steps: 1 },
    warmStart: null,
    raw: 'raw',
    cases: [
      {
        series: '1_t2',
        patient: '1',
        hospital: 'RH1',
        sequence: 't2',
        split: 'train',
        image: 'raw/imagesTr/1_t2_0000.mha',
        mask: 'raw/instancesTr/1_t2.mha',
        incompleteVertebrae: [6],
        annotatedClasses: ['vertebra'],
      },
    ],
  };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  const { status, stdout } = spawnSync(process.execPath, [EXAMPLE, folder], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));

  test('reads a job that fits, says events that fit, leaves a card that fits', () => {
    expect(status).toBe(0);
    expect(schema('trainer-job.json').safeParse(job).error).toBeUndefined();
    const said = lines.map((line) => schema('trainer-event.json').safeParse(JSON.parse(line)).success);
    // The second of these lines is broken on purpose: its step is a text.
    expect(said).toEqual([true, false, true, true, true]);
    const card: unknown = JSON.parse(readFileSync(join(folder, 'out/model-card.json'), 'utf8'));
    expect(schema('model-card.json').safeParse(card).error).toBeUndefined();
  });

  test('the schemas refuse what the contract refuses', () => {
    const refused = (file: string, value: unknown) => !schema(file).safeParse(value).success;
    expect(refused('trainer-job.json', { ...job, preset: 'huge' })).toBe(true);
    expect(refused('trainer-job.json', { ...job, cases: [] })).toBe(true);
    expect(refused('trainer-job.json', { ...job, budget: { seconds: 0, steps: null } })).toBe(true);
    expect(refused('model-card.json', {})).toBe(true);
  });
});

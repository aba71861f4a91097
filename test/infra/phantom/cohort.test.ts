import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asMask, decodeMha, sha256 } from '../../../adapters/volume.ts';
import { InvalidInputError } from '../../../core/invalid-input.ts';
import { isDisc, isVertebra } from '../../../core/labels.ts';
import { hospitalOf, SPIDER_COLUMNS } from '../../../core/overview.ts';
import { labelsOf } from '../../../core/structures.ts';
import { makePhantomCohort, planPhantomPatient, type PhantomSummary } from '../../../infra/phantom/cohort.ts';

const SEED = 11;

describe('a phantom cohort', () => {
  let folder: string;
  let small: string;
  let summary: PhantomSummary;
  let progress: [number, number][];

  beforeAll(async () => {
    [folder, small] = await Promise.all([
      mkdtemp(join(tmpdir(), 'spindle-phantom-')),
      mkdtemp(join(tmpdir(), 'spindle-phantom-')),
    ]);
    progress = [];
    const onProgress = (done: number, total: number) => progress.push([done, total]);
    summary = await makePhantomCohort({ folder, preset: 'demo', patients: 2, initial: 1, seed: SEED, onProgress });
    await makePhantomCohort({ folder: small, preset: 'demo', patients: 1, initial: 1, seed: SEED });
  });
  afterAll(async () => {
    await Promise.all([folder, small].map((each) => rm(each, { recursive: true })));
  });

  const names = async (inner: string) => (await readdir(join(folder, inner))).sort();
  const ALL = ['1_t1.mha', '1_t2.mha', '1_t2_SPACE.mha', '2_t1.mha', '2_t2.mha', '2_t2_SPACE.mha'];

  test('lies in SPIDER’s layout, with the truth of every series beside it and masks of the first SPACE series only', async () => {
    expect(await names('.')).toEqual(['images', 'masks', 'overview.csv', 'truth']);
    expect(await names('images')).toEqual(ALL);
    expect(await names('truth')).toEqual(ALL);
    expect(await names('masks')).toEqual(['1_t2_SPACE.mha']);
    expect(await readFile(join(folder, 'masks/1_t2_SPACE.mha'))).toEqual(
      await readFile(join(folder, 'truth/1_t2_SPACE.mha')),
    );
    expect(summary).toMatchObject({ patients: 2, series: 6, initial: ['1_t2_SPACE'] });
    expect(progress).toEqual([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
  });

  test('has the same bytes for a patient when made again in a cohort of another size', async () => {
    for (const file of ['images/1_t1.mha', 'images/1_t2.mha', 'images/1_t2_SPACE.mha', 'truth/1_t2.mha']) {
      expect(sha256(await readFile(join(small, file))), file).toBe(sha256(await readFile(join(folder, file))));
    }
    expect(await readFile(join(folder, 'images/1_t1.mha'))).not.toEqual(
      await readFile(join(folder, 'images/2_t1.mha')),
    );
  });

  test('writes an overview in SPIDER’s columns whose counts are those of the truth', async () => {
    const text = await readFile(join(folder, 'overview.csv'), 'latin1');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(Object.keys(rows[0]!)).toEqual([...SPIDER_COLUMNS]);
    expect(rows.map((row) => `${row['new_file_name']}.mha`)).toEqual(ALL);
    for (const row of rows) {
      const file = `truth/${row['new_file_name']}.mha`;
      const labels = labelsOf(asMask(await decodeMha(await readFile(join(folder, file)), file), file));
      expect(Number(row['num_vertebrae'])).toBe(labels.filter(isVertebra).length);
      expect(Number(row['num_discs'])).toBe(labels.filter(isDisc).length);
      const patient = Number(row['new_file_name']!.split('_')[0]);
      expect(hospitalOf([row])).toBe(planPhantomPatient({ preset: 'demo', seed: SEED, patient }).case.hospital);
    }
  });

  test('numbers its patients from the first one on: patient 2 is the same, alone or after patient 1', async () => {
    const alone = await mkdtemp(join(tmpdir(), 'spindle-phantom-'));
    const made = { folder: alone, preset: 'demo', patients: 1, first: 2, initial: 1, seed: SEED } as const;
    expect(await makePhantomCohort(made)).toMatchObject({ series: 3, initial: ['2_t2_SPACE'] });
    expect(await readdir(join(alone, 'truth'))).toEqual(ALL.slice(3));
    const image = 'images/2_t2.mha';
    expect(await readFile(join(alone, image))).toEqual(await readFile(join(folder, image)));
    await rm(alone, { recursive: true });
  });

  test('refuses numbers out of range before it writes anything', async () => {
    const wrong = [
      { patients: 0 },
      { patients: 1.5 },
      { initial: -1 },
      { seed: 0.5 },
      { first: 0 },
      { first: 999_999 },
      { patients: 3, initial: 4 },
      { preset: 'huge' as 'demo' },
    ];
    for (const change of wrong) {
      const cohort = { folder: join(folder, 'nowhere'), preset: 'demo', patients: 2, initial: 1, seed: 1 } as const;
      await expect(makePhantomCohort({ ...cohort, ...change })).rejects.toThrow(InvalidInputError);
    }
    expect(await names('.')).not.toContain('nowhere');
  });
});

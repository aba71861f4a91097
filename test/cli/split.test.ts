import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SplitPlan } from '../../core/split-plan.ts';
import { runCommand } from '../support/command-line.ts';

let folder: string;
let file: string;

/** 20 patients; the published split takes all four from the first hospital, UMC. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spindle-split-'));
  file = join(folder, 'overview.csv');
  const rows = Array.from({ length: 20 }, (_, i) => {
    const set = i < 4 ? 'validation' : 'training';
    return ['t1', 't2']
      .map((sequence) => `${i + 1}_${sequence},7,7,${i % 2 ? 'F' : 'M'},${i < 10 ? '59.0' : ''},${set}\r\n`)
      .join('');
  });
  writeFileSync(file, `new_file_name,num_vertebrae,num_discs,sex,birth_date,subset\r\n${rows.join('')}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('spindle split plan', () => {
  it('draws the due number and compares with the published split', async () => {
    const { code, stdout } = await runCommand('split', 'plan', file, '--share', '0.2', '--json');
    const plan = JSON.parse(stdout) as SplitPlan & { unreadRows: number };
    expect(code).toBe(0);
    expect(plan).toMatchObject({ patients: 20, unreadRows: 0, imbalance: { hospital: 0, sex: 0, sequences: 0 } });
    expect(plan.published?.imbalance).toMatchObject({ hospital: 0.5, sex: 0 });
    expect(Object.values(plan.split).filter((set) => set === 'validation')).toHaveLength(4);
  });

  it('gives the same split for the same seed, another for another', async () => {
    const split = async (...args: string[]) =>
      (JSON.parse((await runCommand('split', 'plan', file, '--json', ...args)).stdout) as SplitPlan).split;
    expect(await split()).toEqual(await split('--seed', '1'));
    expect(await split('--seed', '2')).not.toEqual(await split());
  });

  it('shows a table to people', async () => {
    const { stdout } = await runCommand('split', 'plan', file, '--share', '0.2');
    expect(stdout).toMatch(/^hospital +UMC +10 +8 +2 +2\.0 +4 +better$/m);
    expect(stdout).toMatch(/^this split +0\.0 % +0\.0 % +0\.0 % +0\.0 %$/m);
    expect(stdout).toMatch(/^this split is +better +as good +as good +better$/m);
    expect(stdout).toMatch(/^no worse than the published split by hospital, sex and sequences$/m);
    expect(stdout).toMatch(/^published +50\.0 % +0\.0 % +0\.0 % +16\.7 %$/m);
  });

  it('refuses a share that is none, and a file that is not there', async () => {
    for (const share of ['0', '1', 'x', ''])
      expect((await runCommand('split', 'plan', file, '--share', share)).code).toBe(2);
    expect(await runCommand('split', 'plan', join(folder, 'none.csv'))).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('spindle split folds', () => {
  interface Folds {
    folds: { patients: string[]; train: string[]; val: string[]; imbalance: { hospital: number; sex: number } }[];
  }
  const folds = async (...args: string[]) =>
    (JSON.parse((await runCommand('split', 'folds', file, '--json', ...args)).stdout) as Folds).folds;

  it('has every patient validate once, with all series, each fold made up as all are', async () => {
    const drawn = await folds('--k', '5');
    expect(drawn.map(({ patients }) => patients.length)).toEqual([4, 4, 4, 4, 4]);
    const all = drawn.flatMap(({ patients }) => patients).sort((a, b) => Number(a) - Number(b));
    expect(all).toEqual(Array.from({ length: 20 }, (_, i) => `${i + 1}`));
    for (const { patients, train, val, imbalance } of drawn) {
      expect(val.map((series) => series.split('_')[0])).toEqual(patients.flatMap((patient) => [patient, patient]));
      expect([...train, ...val].sort()).toEqual([...new Set([...train, ...val])].sort());
      expect(train.length).toBe(32);
      // Ten of each hospital and sex: two of each are due in every fold.
      expect(imbalance).toMatchObject({ hospital: 0, sex: 0 });
    }
    expect(await folds('--k', '5')).toEqual(drawn);
    expect(await folds('--k', '5', '--seed', '2')).not.toEqual(drawn);
  });

  it('leaves the published validation patients out when told to', async () => {
    const drawn = await folds('--k', '4', '--of', 'train');
    expect(
      drawn
        .flatMap(({ patients }) => patients)
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 16 }, (_, i) => i + 5));
  });

  it("writes nnU-Net's file, and over none that is there", async () => {
    const target = join(folder, 'splits_final.json');
    const { code, stdout } = await runCommand('split', 'folds', file, '--k', '2', '--output', target);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +0 +10 +20 +RH1 5, UMC 5 +F 5, M 5 +t1\+t2 10 +0\.0 %$/m);
    const written = JSON.parse(readFileSync(target, 'utf8')) as { train: string[]; val: string[] }[];
    expect(written.map(({ train, val }) => [train.length, val.length])).toEqual([
      [20, 20],
      [20, 20],
    ]);
    expect((await runCommand('split', 'folds', file, '--k', '2', '--output', target)).code).toBe(2);
    expect((await runCommand('split', 'folds', file, '--k', '1')).code).toBe(2);
    expect((await runCommand('split', 'folds', file, '--k', '21')).code).toBe(2);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeMha } from '../../adapters/volume.ts';
import type { Inspection } from '../../core/inspection/inspect.ts';
import { lumbarBlocks, relabelled } from '../support/lumbar-blocks.ts';
import { runCommand } from '../support/command-line.ts';

const HEADER = 'new_file_name,num_vertebrae,num_discs,sex,birth_date,subset,PixelSpacing,SpacingBetweenSlices\r\n';
const GRADINGS =
  'Patient,IVD label,Modic,UP endplate,LOW endplate,Spondylolisthesis,Disc herniation,Disc narrowing,Disc bulging,Pfirrman grade\r\n';
let folder: string;

/** 5_t1: all is well. 5_t2: a disc too many in the table, an image cut short. 6_t1: no image. 7_t1: no row, the mask of 5_t1. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spindle-cohort-'));
  mkdirSync(join(folder, 'images'));
  mkdirSync(join(folder, 'masks'));
  const sound = lumbarBlocks();
  const bytes = await encodeMha(sound);
  for (const series of ['5_t1', '5_t2', '7_t1']) {
    const short = series === '5_t2';
    writeFileSync(join(folder, `images/${series}.mha`), short ? bytes.subarray(0, bytes.length - 3) : bytes);
    const mask = short ? await encodeMha(relabelled(sound, { 100: 0 })) : bytes;
    writeFileSync(join(folder, `masks/${series}.mha`), mask);
  }
  writeFileSync(join(folder, 'images/notes.txt'), 'not a volume');
  const rows = [
    '5_t1,5,5,F ,59.0,training,"[2, 2]",2',
    '5_t2,5,6,F ,59.0,training,"[2, 2]",2',
    '6_t1,5,5,M,,validation,"[2, 2]",2',
  ];
  writeFileSync(join(folder, 'overview.csv'), HEADER + rows.map((row) => `${row}\r\n`).join(''));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function inspect(...args: string[]) {
  const { code, stdout, stderr } = await runCommand('cohort', 'inspect', ...args, '--json');
  const inspection = JSON.parse(stdout) as Inspection;
  return { code, stderr, inspection, ids: inspection.defects.map(({ id }) => id) };
}

describe('spindle cohort inspect', () => {
  it('reads a table alone', async () => {
    const { code, stderr, inspection, ids } = await inspect(join(folder, 'overview.csv'));
    expect({ code, stderr, ids }).toEqual({ code: 0, stderr: '', ids: ['counts-differ-in-study/5'] });
    expect(inspection.voxelsFrom).toBe('table');
    expect(inspection.unchecked).toHaveLength(3);
    expect(inspection.hospitals.map(({ hospital, series }) => [hospital, series])).toEqual([
      ['UMC', 2],
      ['RH1', 1],
      ['all', 3],
    ]);
  });

  it('reads a folder: headers of images, labels of masks', async () => {
    const { ids, inspection } = await inspect(folder);
    expect(ids).toEqual([
      'image-missing/6_t1',
      'image-unreadable/5_t2',
      'counts-differ-in-study/5',
      'counts-not-as-masked/5_t2',
      'row-missing/7_t1',
      'masks-equal/5_t1',
    ]);
    const unreadable = inspection.defects.find(({ rule }) => rule === 'image-unreadable');
    expect(unreadable?.found).toMatch(/^CompressedDataSize: expected \d+, .*, got \d+$/);
    expect(inspection.voxelsFrom).toBe('headers');
    expect(inspection.hospitals.at(-1)?.sequences.t1.sliceMm).toEqual({ least: 2, most: 2 });
  });

  it('reads gradings when they are named, or lie beside the table', async () => {
    writeFileSync(join(folder, 'other.csv'), `${GRADINGS}5,0,0,0,0,0,0,0,0,1\r\n`);
    const { ids } = await inspect(join(folder, 'overview.csv'), '--gradings', join(folder, 'other.csv'));
    expect(ids).toContain('grading-label/line-2');
    const missing = await runCommand('cohort', 'inspect', folder, '--gradings', join(folder, 'none.csv'));
    expect(missing).toMatchObject({ code: 2, stdout: '' });
  });

  it('shows both tables and the defects to people', async () => {
    const { code, stdout } = await runCommand('cohort', 'inspect', join(folder, 'overview.csv'));
    expect(code).toBe(0);
    expect(stdout).toContain('Table 1: hospitals (mm by the table)');
    expect(stdout).toContain('Table 2: sets');
    expect(stdout).toContain('Defects: 0 errors, 1 warnings, 0 notes');
    expect(stdout).toMatch(/^warning +counts-differ-in-study\/5 +2,3 /m);
    expect(stdout).toContain('not checked: image headers');
    expect(stdout).not.toContain('59');
  });

  it('refuses what is no cohort', async () => {
    writeFileSync(join(folder, 'plain.csv'), 'a,b\r\n1,2\r\n');
    for (const path of ['nowhere', 'images', 'plain.csv']) {
      const result = await runCommand('cohort', 'inspect', join(folder, path));
      expect(result, path).toMatchObject({ code: 2, stdout: '' });
    }
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatCsv, parseCsv } from '../../adapters/csv-table.ts';
import { readMappedFolder } from '../../client/mapped-folder.ts';
import { readSpiderFolder } from '../../client/spider-folder.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'spindle-cohort-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function files(...names: string[]): void {
  for (const name of names) write(name, 'MHA');
}

function write(name: string, content: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
}

const refusedIn = ({ refused }: { refused: { file: string; field: string; got: string }[] }) =>
  refused.map(({ file, field, got }) => [file, field, got]);

describe("a folder in SPIDER's layout", () => {
  it('is read without its table', async () => {
    files('images/2_t2.mha', 'images/10_t1.mha', 'images/2_t1.mha', 'masks/2_t1.mha', 'images/.DS_Store');
    const plan = await readSpiderFolder(folder);
    expect(plan.refused).toEqual([]);
    expect(plan.series.map(({ series, mask }) => [series, mask?.name ?? null])).toEqual([
      ['2_t1', 'masks/2_t1.mha'],
      ['2_t2', null],
      ['10_t1', null],
    ]);
    expect(plan.series[2]).toEqual({
      series: '10_t1',
      study: '10',
      patient: '10',
      sequence: 't1',
      hospital: 'unknown',
      sex: 'unknown',
      overview: null,
      image: { path: join(folder, 'images/10_t1.mha'), name: 'images/10_t1.mha' },
      mask: null,
      annotatedClasses: ['vertebra', 'disc', 'canal'],
      classOfLabel: null,
    });
  });

  it('takes hospital, sex and acquisition from its table, and nothing that tells of a person', async () => {
    files('images/1_t1.mha', 'images/1_t2.mha', 'images/2_t1.mha', 'images/3_t1.mha');
    // SPIDER's rules: an age → UMC; Philips Healthcare → OH; otherwise RH1. 1_t2 and 3_t1 have no row of their own.
    write(
      'overview.csv',
      [
        'new_file_name,sex,birth_date,subset,Manufacturer,EchoTime,PixelSpacing,DeviceSerialNumber',
        '1_t1,F ,54,training,SIEMENS,12,"[0.5, 0.5]",41234',
        '2_t1,M,,validation,Philips Healthcare,8,,',
      ].join('\r\n'),
    );
    const { series, refused } = await readSpiderFolder(folder);
    expect(refused).toEqual([]);
    expect(series.map((each) => [each.series, each.hospital, each.sex, each.overview])).toEqual([
      ['1_t1', 'UMC', 'F', { Manufacturer: 'SIEMENS', EchoTime: '12', PixelSpacing: '[0.5, 0.5]' }],
      ['1_t2', 'UMC', 'F', null],
      ['2_t1', 'OH', 'M', { Manufacturer: 'Philips Healthcare', EchoTime: '8' }],
      ['3_t1', 'unknown', 'unknown', null],
    ]);
  });

  it('refuses names one by one, and takes the rest', async () => {
    files('images/1_t1.mha', 'images/1_T2.mha', 'images/01_t1.mha', 'images/notes.txt', 'images/2_t3.mha');
    files('masks/1_t1.mha', 'masks/9_t1.mha', 'masks/1_t1_copy.mha');
    const plan = await readSpiderFolder(folder);
    expect(plan.series.map(({ series }) => series)).toEqual(['1_t1']);
    expect(refusedIn(plan)).toEqual([
      ['images/01_t1.mha', 'name', '01_t1.mha'],
      ['images/1_T2.mha', 'name', '1_T2.mha'],
      ['images/2_t3.mha', 'name', '2_t3.mha'],
      ['images/notes.txt', 'name', 'notes.txt'],
      ['masks/1_t1_copy.mha', 'name', '1_t1_copy.mha'],
      ['masks/9_t1.mha', 'image', 'none'],
    ]);
  });

  it('refuses a series that is there twice', async () => {
    files('images/1_t1.MHA', 'images/1_t1.mha');
    const plan = await readSpiderFolder(folder);
    expect(plan.series).toHaveLength(1);
    expect(refusedIn(plan)).toEqual([['images/1_t1.mha', 'series', 'images/1_t1.MHA as well']]);
  });

  it('refuses every series of a patient who is in two sets', async () => {
    files('images/1_t1.mha', 'images/1_t2.mha', 'images/11_t1.mha');
    write('overview.csv', 'new_file_name,subset\n1_t1,training\n1_t2,validation\n11_t1,training\n');
    const plan = await readSpiderFolder(folder);
    expect(plan.series.map(({ series }) => series)).toEqual(['11_t1']);
    expect(refusedIn(plan)).toEqual([
      ['images/1_t1.mha', 'subset in overview.csv', 'training and validation'],
      ['images/1_t2.mha', 'subset in overview.csv', 'training and validation'],
    ]);
  });

  it('refuses rows that cannot be used, and a hospital that is none', async () => {
    files('images/1_t1.mha', 'images/2_t1.mha');
    write('overview.csv', 'new_file_name,hospital\n1_t1,RH1,more\n1_t1,RH2\n1_t1,OH\n2_t1,St. Mary the Virgin\n');
    const plan = await readSpiderFolder(folder);
    expect(plan.series.map(({ series, hospital }) => [series, hospital])).toEqual([['1_t1', 'RH2']]);
    expect(refusedIn(plan)).toEqual([
      ['overview.csv', 'line 2', '3'],
      ['overview.csv', 'line 4, new_file_name', '"1_t1" again'],
      ['images/2_t1.mha', 'hospital in overview.csv', 'another code'],
    ]);
  });

  it('is refused as a whole without images or with a table that is none', async () => {
    await expect(readSpiderFolder(folder)).rejects.toThrow('images: expected a folder "images" with MHA files');
    files('images/1_t1.mha');
    write('overview.csv', 'series,sex\n1_t1,F\n');
    await expect(readSpiderFolder(folder)).rejects.toThrow('overview.csv: columns: expected a column "new_file_name"');
    write('overview.csv', 'new_file_name,sex\n1_t1,"secret name\n');
    const fault = await readSpiderFolder(folder).catch((error: Error) => error);
    expect(fault).toMatchObject({ name: 'InvalidInputError', field: 'content' });
    expect((fault as Error).message).not.toContain('secret');
  });
});

describe('a folder with a mapping', () => {
  const entry = {
    series: '5_t2',
    hospital: 'EXT1',
    sex: 'M',
    image: 'a/five.mha',
    mask: 'a/five_mask.mha',
    role: 'initial',
    labels: { 1: 'vertebra', 2: 'disc' },
    annotatedClasses: ['vertebra', 'disc'],
  };
  const mapping = (...series: object[]) => {
    write('mapping.json', JSON.stringify({ schema: 'spindle.cohort-mapping/1', description: 'test', series }));
    return readMappedFolder(folder, join(folder, 'mapping.json'));
  };

  it('gives what the mapping says, without the masks that are held back', async () => {
    files('a/five.mha', 'a/five_mask.mha', 'six.mha', 'six_mask.mha');
    const heldBack = { series: '6_t1', patient: 'p6', image: 'six.mha', mask: 'six_mask.mha', role: 'held-back' };
    const { series, refused } = await mapping(entry, { ...entry, ...heldBack });
    expect(refused).toEqual([]);
    expect(series.map((each) => [each.series, each.patient, each.mask?.name ?? null, each.classOfLabel])).toEqual([
      ['5_t2', '5', 'a/five_mask.mha', { 1: 'vertebra', 2: 'disc' }],
      ['6_t1', 'p6', null, { 1: 'vertebra', 2: 'disc' }],
    ]);
  });

  it('refuses absent files and a study under two patients', async () => {
    files('a/five.mha', 'other.mha');
    const { series, refused } = await mapping(
      entry,
      { ...entry, series: '5_t1', patient: 'p5', image: 'other.mha', mask: null },
      { ...entry, series: '7_t1', image: 'nowhere.mha', mask: null },
    );
    expect(series.map((each) => [each.series, each.mask])).toEqual([['5_t2', null]]);
    expect(refusedIn({ refused })).toEqual([
      ['a/five_mask.mha', 'file', 'none'],
      ['other.mha', 'patient', 'p5'],
      ['nowhere.mha', 'file', 'none'],
    ]);
  });

  it('names the patients that it marks for the hidden test, be their files there or not', async () => {
    files('a/five.mha', 'a/five_mask.mha');
    const marked = { ...entry, series: '6_t1', patient: 'p6', image: 'none.mha', hidden: true };
    expect((await mapping(entry, marked)).hidden).toEqual(['p6']);
    expect(await mapping(entry)).not.toHaveProperty('hidden');
    await expect(mapping({ ...entry, hidden: 'yes' })).rejects.toThrow('series.0.hidden');
  });

  it('is refused as a whole when the mapping is wrong', async () => {
    await expect(mapping({ ...entry, image: '../secrets.mha' })).rejects.toThrow('series.0.image');
    await expect(readMappedFolder(folder, join(folder, 'none.json'))).rejects.toThrow(
      'expected a readable mapping file',
    );
  });
});

describe('CSV tables', () => {
  it('come back as they were written', () => {
    const rows = [
      ['1_t1', 'say "cheese"', 'a,b', ''],
      ['2_t1', 'two\nlines', ' blanks ', 'é'],
    ];
    const text = formatCsv(['a', 'b', 'c', 'd'], rows);
    expect(text.split('\r\n')[1]).toBe('1_t1,"say ""cheese""","a,b",');
    const table = parseCsv(new TextEncoder().encode(`\uFEFF${text}`), 'x.csv');
    expect(table.columns).toEqual(['a', 'b', 'c', 'd']);
    expect(table.rows.map(({ cells }) => cells)).toEqual(rows);
  });

  it('name a column once', () => {
    expect(() => parseCsv(new TextEncoder().encode('a,a\n'), 'x.csv')).toThrow('"a" twice');
    expect(() => parseCsv(new Uint8Array(), 'x.csv')).toThrow('an empty file');
    expect(() => parseCsv(new Uint8Array([0x61, 0xff]), 'x.csv')).toThrow('a CSV table in UTF-8');
  });
});

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openObjectStore, type ObjectStore } from '../../../adapters/object-store.ts';
import { asMask, decodeMha } from '../../../adapters/volume.ts';
import { exportVersion, type ExportReport } from '../../../client/exports/export-version.ts';
import type { CatalogSeries } from '../../../core/catalog.ts';
import { placeSlices } from '../../../core/exports/dicom.ts';
import type { Grid } from '../../../core/geometry.ts';
import type { Digest } from '../../../core/ids.ts';
import type { Manifest } from '../../../core/manifest.ts';
import { sameGrid } from '../../../core/orientation.ts';
import { labelsOf } from '../../../core/structures.ts';
import type { Volume } from '../../../core/volume.ts';
import { trainerPython } from '../../../infra/local/paths.ts';
import { PIR, tower } from '../../adapters/segmenter/block-tower.ts';
import { startVersitygw, type RunningVersitygw } from '../../support/versitygw.ts';
import { publish, smallSeries, stored } from '../small-dataset.ts';

const READER = fileURLToPath(new URL('./read_dicom.py', import.meta.url));
const DATASET = 'towers';

/** What read_dicom.py prints. */
interface Read extends Grid {
  files: string[];
  image: string;
  labels: string;
  framesOnTheirSlices: boolean;
  orientation: number[];
  sameFrameOfReference: boolean;
  sameStudy: boolean;
  uids: number;
  study: string;
  segmentation: string;
  segments: [string, string, string][];
  patient: string[];
  described: string;
  dates: string[];
  mentionsVersion: number;
}

/** PIR is right-handed: x back, y down, z to the right, and back × down is right. With z turned round it is left-handed. */
const LEFT_HANDED = PIR.map((value, at) => (at % 3 === 2 ? -value : value)) as unknown as Grid['direction'];
/** PIR turned by 20° about the axis that runs up. */
const [C, S] = [Math.cos(Math.PI / 9), Math.sin(Math.PI / 9)];
const OBLIQUE: Grid['direction'] = [-S, 0, -C, C, 0, -S, 0, -1, 0];
const GRIDS = { '1_t1': PIR, '1_t2': OBLIQUE, '20_t2_SPACE': LEFT_HANDED } as const;

describe('an export as DICOM', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-dicom-test-'));
  const first = join(root, 'first');
  let server: RunningVersitygw;
  let store: ObjectStore;
  let version: Digest;
  let manifest: Manifest;
  let report: ExportReport;
  const found = new Map<string, Read>();

  beforeAll(async () => {
    server = await startVersitygw(join(root, 's3'));
    store = openObjectStore({ ...server, region: 'us-east-1', bucket: 'spindle' });
    await store.ensureBucket();
    const series = await Promise.all((Object.keys(GRIDS) as (keyof typeof GRIDS)[]).map(seriesOn));
    version = await publish(store, DATASET, series, { 1: 'train', 20: 'validation' });
    manifest = await store.getVersion(DATASET, version);
    report = await exported(first);
    const folders = manifest.series.map(({ patient, series }) => join(first, patient, series));
    const printed = execFileSync(trainerPython, [READER, ...folders], { encoding: 'utf8' });
    const all = JSON.parse(printed) as Read[];
    manifest.series.forEach(({ series }, at) => found.set(series, all[at]!));
  }, 120_000);
  afterAll(async () => {
    store.close();
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  async function seriesOn(series: keyof typeof GRIDS): Promise<CatalogSeries> {
    const { image, truth } = tower({ blocks: [1, 2], size: [24, 30, 23] }, 'PIR');
    const grid: Grid = { ...image.grid, originLpsMm: [-41.37, 12.003, 99.125], direction: GRIDS[series] };
    // Tells every voxel's neighbours apart, and one series has values below 0.
    const sign = series === '1_t1' ? -1 : 1;
    const voxels = Int16Array.from(image.voxels, (value, at) => sign * (value + (at % 97)));
    const mask = { grid, element: 'SHORT', voxels: truth } as const;
    const base = await smallSeries(store, series, 1);
    const own = await stored(store, { grid, element: 'SHORT', voxels });
    const isProposed = series === '1_t2';
    return {
      ...base,
      grid,
      image: own,
      sourceDigest: own.digest,
      reference: {
        ...base.reference!,
        mask: await stored(store, mask),
        labels: labelsOf(mask),
        annotatedClasses: ['vertebra', 'disc', 'canal'],
        incompleteVertebrae: [1],
        ...(isProposed
          ? { origin: 'corrected', base: 'proposal', baseDigest: own.digest, modelDigest: own.digest }
          : {}),
      },
    };
  }

  const exported = (into: string, python = trainerPython) => {
    const none = { licenceFile: null, citationFile: null, aboutFile: null };
    const nnunet = { id: 501, labels: 'semantic', folds: 1, seed: 1 } as const;
    return exportVersion(store, { dataset: DATASET, version, into, format: 'dicom-seg', ...none, nnunet, python });
  };
  const read = (series: keyof typeof GRIDS) => found.get(series)!;
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const inOrder = (volume: Volume, bytesEach: 2 | 4) => {
    const { size } = volume.grid;
    const slice = size[0] * size[1];
    const bytes = Buffer.alloc(volume.voxels.length * bytesEach);
    placeSlices(volume.grid).order.forEach((z, at) => {
      for (let k = 0; k < slice; k++) {
        const value = volume.voxels[z * slice + k]!;
        if (bytesEach === 4) bytes.writeInt32LE(value, 4 * (at * slice + k));
        else bytes.writeInt16LE(value, 2 * (at * slice + k));
      }
    });
    return digest(bytes);
  };

  it.each([
    ['1_t1', false],
    ['1_t2', false],
    ['20_t2_SPACE', true],
  ] as const)('holds %s voxel for voxel on its own grid', async (series, isReversed) => {
    const entry = manifest.series.find((each) => each.series === series)!;
    const image = await decodeMha(await store.getObject(entry.image.digest), series);
    const mask = asMask(await decodeMha(await store.getObject(entry.reference.mask.digest), series), series);
    const got = read(series);
    expect(placeSlices(entry.grid).isReversed).toBe(isReversed);
    // A left-handed grid's last slice is the first one, and its z axis runs the other way.
    const { size, spacingMm, direction } = entry.grid;
    const placed = placeSlices(entry.grid);
    const turned = isReversed ? direction.map((value, at) => (at % 3 === 2 ? -value : value)) : direction;
    const expected = {
      size,
      spacingMm,
      originLpsMm: [...placed.positionsLpsMm[0]!] as [number, number, number],
      direction: turned as unknown as Grid['direction'],
    };
    expect(sameGrid(expected, got)).toEqual({ same: true });
    expect(got.image).toBe(inOrder(image, 4));
    expect(got.labels).toBe(inOrder(mask, 2));
    expect(got).toMatchObject({ framesOnTheirSlices: true, sameFrameOfReference: true, sameStudy: true });
    expect(got.files).toEqual(Array.from({ length: size[2] }, (_, at) => `${String(at + 1).padStart(4, '0')}.dcm`));
    expect(got.uids).toBe(size[2] + 1); // of every slice its own, and the series'
  });

  it('says what each segment is, of which version, and whose hand it is of', () => {
    const [given, corrected] = [read('1_t1'), read('1_t2')];
    expect(given.segments).toEqual([
      ['vertebra 1', '51282000', 'MANUAL'],
      ['vertebra 2', '51282000', 'MANUAL'],
      ['spinal canal', '61853006', 'MANUAL'],
      ['disc 1', '360499006', 'MANUAL'],
      ['disc 2', '360499006', 'MANUAL'],
    ]);
    expect(new Set(corrected.segments.map(([, , how]) => how))).toEqual(new Set(['SEMIAUTOMATIC']));
    expect(given.described).toBe(
      `SPIDER label 1, L5 if the lowest vertebra in view is L5; cut by the edge of the volume; dataset version ${version}`,
    );
    expect(given.mentionsVersion).toBe(5);
    expect(given.study).toBe(corrected.study); // one visit
    expect(given.segmentation).not.toBe(corrected.segmentation);
  });

  it('holds a pseudonym, and no date but the one that stands for none', () => {
    const { patient, dates } = read('20_t2_SPACE');
    expect(patient).toEqual(['20', '20^', 'F']);
    expect(dates).toEqual(['20000101', '20000101000000']);
  });

  it('lists its series, and which were turned round', () => {
    const lines = readFileSync(join(first, 'series.csv'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.split(',').slice(0, 7).join(' '))).toEqual([
      'series patient study sequence hospital set slices',
      '1_t1 1 1 t1 RH1 train as stored',
      '1_t2 1 1 t2 RH1 train as stored',
      '20_t2_SPACE 20 20 t2_SPACE RH1 validation reversed',
    ]);
    expect(lines[3]!.split(',')[9]).toBe(read('20_t2_SPACE').segmentation);
    expect(readFileSync(join(first, 'README.md'), 'utf8')).toContain(version);
    expect(report).toMatchObject({ series: 3, files: 3 * 24 + 3 + 3, missing: ['LICENSE', 'CITATION.cff'] });
  });

  it('is the same again, byte for byte, and goes on where it was', async () => {
    const second = join(root, 'second');
    cpSync(first, second, { recursive: true });
    for (const lost of ['1/1_t2/seg.dcm', '1/1_t2/mr/0003.dcm']) rmSync(join(second, lost));
    expect(await exported(second)).toMatchObject({ written: 2 });
    const third = join(root, 'third');
    expect(await exported(third)).toMatchObject({ written: report.files });
    const sums = [first, second, third].map((folder) => readFileSync(join(folder, 'checksums.sha256'), 'utf8'));
    expect(new Set(sums).size).toBe(1);
    execFileSync('sha256sum', ['--check', '--quiet', 'checksums.sha256'], { cwd: third });
    expect(readdirSync(first).sort()).toEqual(readdirSync(third).sort());
  }, 120_000);

  it('says what is missing where set-up has not brought the packages', async () => {
    await expect(exported(join(root, 'none'), '/nowhere/python')).rejects.toThrow(
      '--format dicom-seg: expected the DICOM packages, which `npm run setup` installs, got none',
    );
  });
});

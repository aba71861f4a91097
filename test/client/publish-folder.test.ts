import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { publishCatalog } from '../../adapters/publication.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { KnownFiles } from '../../client/known-files.ts';
import { publishFolder } from '../../client/publish-folder.ts';
import { verifyFolder } from '../../client/verify-version.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import type { Digest } from '../../core/ids.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { smallSeries, smallVolume } from './small-dataset.ts';

describe('publishing a corrected checkout', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-publish-'));
  let running: TestStore | undefined;
  let store: ObjectStore;
  let first: Digest;
  let folder: string;
  let datasets = 0;
  let dataset: string;

  beforeEach(async () => {
    running ??= await startTestStore(root);
    ({ store } = running);
    dataset = `small-${++datasets}`;
    folder = join(root, dataset);
    const series = [await smallSeries(store, '1_t1', 1), await smallSeries(store, '2_t1', 2)].map(vertebraeOnly);
    await new DatasetRecords(store, dataset).updateCatalog((catalog) => ({
      ...catalog,
      series,
      split: { 1: 'train', 2: 'validation' },
    }));
    first = (await publishCatalog(store, dataset))!;
    await checkoutVersion(store, dataset, first, folder);
  });
  afterAll(async () => {
    await running?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  function vertebraeOnly(entry: CatalogSeries): CatalogSeries {
    return { ...entry, reference: { ...entry.reference!, labels: [1], annotatedClasses: ['vertebra'] } };
  }

  const request = () => ({ dataset, folder, reviewer: 'anna', minutes: 4 });
  /** So many of 24 voxels of vertebra 1 stay. */
  async function correct(series: string, into = folder, left = 12): Promise<void> {
    const volume = smallVolume(1);
    volume.voxels.fill(0, left);
    writeFileSync(join(into, 'masks', `${series}.mha`), await encodeMha(volume));
  }

  it('makes the changed masks references of a new version, and the folder a checkout of it', async () => {
    await correct('2_t1');
    const report = await publishFolder(store, request());
    expect(report).toMatchObject({ before: first, corrected: ['2_t1'], refused: [], updated: true });
    const { parent, series, split } = await store.getVersion(dataset, report.version!);
    expect({ parent, split }).toEqual({ parent: first, split: { 1: 'train', 2: 'validation' } });
    // 24 voxels before, 12 now, 12 in both: Dice 24 / 36.
    expect(series[1]!.reference).toMatchObject({
      origin: 'corrected',
      base: 'none',
      reviewer: 'anna',
      minutes: 4,
      voxelsChanged: 12,
      labels: [1],
    });
    expect(series[1]!.reference.diceToBase).toBeCloseTo(2 / 3, 12);
    expect((await verifyFolder(folder)).findings).toEqual([]);
    const again = await publishFolder(store, request());
    expect(again).toMatchObject({ version: report.version, before: report.version, corrected: [] });
  });

  it('sends one object a mask, a catalog and a manifest, and gives the same version when it is repeated', async () => {
    const before = new Map<string, string>();
    for await (const { key } of store.bucket.list('')) before.set(key, '');
    await correct('1_t1', folder, 5);
    await correct('2_t1', folder, 7);
    const version = readFileSync(join(folder, 'version.json'));
    const masks = ['1_t1', '2_t1'].map((series) => readFileSync(join(folder, 'masks', `${series}.mha`)));
    const report = await publishFolder(store, request());
    const added: string[] = [];
    for await (const { key } of store.bucket.list('')) if (!before.has(key)) added.push(key.split('/')[0]!);
    expect(added.sort()).toEqual(['objects', 'objects', 'objects', 'versions']);
    // As if it had been interrupted before it told: the folder is as it was.
    writeFileSync(join(folder, 'version.json'), version);
    masks.forEach((bytes, at) => writeFileSync(join(folder, 'masks', `${at + 1}_t1.mha`), bytes));
    expect(await publishFolder(store, request())).toMatchObject({ version: report.version, updated: true });
  });

  it('publishes nothing when a mask is refused, and names it', async () => {
    await correct('1_t1');
    writeFileSync(join(folder, 'masks', '2_t1.mha'), await encodeMha(smallVolume(77)));
    const report = await publishFolder(store, request());
    expect(report).toMatchObject({ version: null, refused: [{ file: 'masks/2_t1.mha', field: 'known-labels' }] });
    expect(await new DatasetRecords(store, dataset).mainVersion()).toBe(first);
  });

  it('takes what is known of masks for what they are, unless it is told to read them', async () => {
    await correct('2_t1');
    await correct('1_t1');
    await sleep(250);
    const known = KnownFiles.of(folder);
    const { series } = await store.getVersion(dataset, first);
    // The index claims that one of them is as it was.
    known.note('masks/2_t1.mha', series[1]!.reference.mask.digest);
    known.save();
    expect(await publishFolder(store, request())).toMatchObject({ corrected: ['1_t1'] });
    expect(await publishFolder(store, { ...request(), rehash: true })).toMatchObject({ corrected: ['2_t1'] });
    expect((await verifyFolder(folder)).findings).toEqual([]);
  });

  it('loses nobody’s work: two at once, and a series that somebody else has corrected', async () => {
    const other = join(root, `${dataset}-other`);
    const third = join(root, `${dataset}-third`);
    for (const each of [other, third]) await checkoutVersion(store, dataset, first, each);
    await correct('1_t1');
    await correct('2_t1', other);
    const [one, two] = await Promise.all([
      publishFolder(store, request()),
      publishFolder(store, { ...request(), folder: other, reviewer: 'ben' }),
    ]);
    const main = (await new DatasetRecords(store, dataset).mainVersion())!;
    expect([one.version, two.version]).toContain(main);
    const { series } = await store.getVersion(dataset, main);
    expect(series.map(({ reference }) => reference.reviewer)).toEqual(['anna', 'ben']);

    await correct('1_t1', third, 6);
    await expect(publishFolder(store, { ...request(), folder: third })).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringContaining('1_t1 has another reference by now') as string,
    });
    expect(await new DatasetRecords(store, dataset).mainVersion()).toBe(main);
  });
});

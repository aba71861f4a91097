import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { versionKey, type ObjectStore } from '../../adapters/object-store.ts';
import { publishCatalog } from '../../adapters/publication.ts';
import { returned, streamVersion } from '../../adapters/record-stream.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import { smallSeries } from '../client/small-dataset.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';

const HELD = 1e9;
const STREAMED = 0;

describe('publishing a catalog', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-publication-'));
  let running: TestStore;
  let store: ObjectStore;
  let series: CatalogSeries[];

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    const unread = { ...(await smallSeries(store, '3_t1', 3)), reference: null };
    const out = { ...(await smallSeries(store, '4_t1', 4)), excluded: { reason: 'motion “ü”', round: 1 } };
    series = [await smallSeries(store, '1_t1', 1), await smallSeries(store, '2_t1', 2), unread, out];
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const fill = (dataset: string, entries: CatalogSeries[]) =>
    new DatasetRecords(store, dataset).updateCatalog((catalog) => ({
      ...catalog,
      series: entries,
      split: { 1: 'train', 2: 'validation' },
    }));

  it('gives the same version whether the catalog is held or read series by series', async () => {
    await fill('spider', series);
    const streamed = (await publishCatalog(store, 'spider', STREAMED))!;
    const manifest = await store.getVersion('spider', streamed);
    expect(manifest.series.map((entry) => entry.series)).toEqual(['1_t1', '2_t1']);
    expect(manifest.split).toEqual({ 1: 'train', 2: 'validation' });
    // Unchanged content keeps its version, either way.
    expect(await publishCatalog(store, 'spider', HELD)).toBe(streamed);
    expect(await publishCatalog(store, 'spider', STREAMED)).toBe(streamed);

    const minutes = { ...series[1]!, reference: { ...series[1]!.reference!, minutes: 2.5 } };
    await fill('spider', [series[0]!, minutes]);
    const next = await publishCatalog(store, 'spider', STREAMED);
    const main = await store.readRef('spider', 'main', (await import('../../core/refs.ts')).VersionPointer);
    expect(main!.value.version).toBe(next);
    expect((await store.getVersion('spider', next!)).parent).toBe(streamed);
    await store.writeRef('spider', 'main', { version: streamed }, main!.etag);
    expect(await publishCatalog(store, 'spider', HELD)).toBe(next);
  });

  it('puts a catalog in order that is not', async () => {
    await fill('turned', [series[1]!, series[0]!]);
    const version = (await publishCatalog(store, 'turned', STREAMED))!;
    expect((await store.getVersion('turned', version)).series.map((entry) => entry.series)).toEqual(['1_t1', '2_t1']);
  });

  it('publishes nothing where nothing has a reference', async () => {
    await fill('unread', [series[2]!]);
    for (const held of [HELD, STREAMED]) expect(await publishCatalog(store, 'unread', held)).toBeNull();
    expect(await publishCatalog(store, 'nobody', STREAMED)).toBeNull();
    expect(await store.listVersions('unread')).toEqual([]);
  });

  it('reads a manifest series by series, and names it when it is damaged', async () => {
    await fill('read', series);
    const version = (await publishCatalog(store, 'read'))!;
    const { series: whole, ...head } = await store.getVersion('read', version);
    const seen: unknown[] = [];
    const stream = streamVersion(store, 'read', version);
    for (let next = await stream.next(); ; next = await stream.next()) {
      if (next.done) {
        expect(next.value).toEqual(head);
        break;
      }
      seen.push(next.value);
    }
    expect(seen).toEqual(whole);
    const path = join(running.server.data, 'spindle', versionKey('read', version));
    const bytes = (await store.bucket.read(versionKey('read', version)))!.bytes;
    for (const damaged of [Buffer.concat([bytes, Buffer.from(' ')]), bytes.subarray(0, 400), Buffer.from('nonsense')]) {
      writeFileSync(path, damaged);
      await expect(returned(streamVersion(store, 'read', version))).rejects.toMatchObject({
        name: 'CorruptObjectError',
      });
    }
    rmSync(path);
    await expect(returned(streamVersion(store, 'read', version))).rejects.toMatchObject({ name: 'MissingObjectError' });
  });
});

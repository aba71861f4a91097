import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { objectKey, openObjectStore, uploadKey, versionKey, type ObjectStore } from '../../adapters/object-store.ts';
import { CollectionLock, LOCK_KEY } from '../../adapters/collection-lock.ts';
import { collectGarbage, deleteGarbage, planGarbage, type GarbagePlan } from '../../client/garbage/collect.ts';
import { tagVersion } from '../../client/version-tags.ts';
import { verifyStored } from '../../client/verify-version.ts';
import { buildManifest } from '../../core/build-manifest.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import type { Digest, ObjectRef } from '../../core/ids.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';
import { publish, smallSeries, smallVolume, stored } from './small-dataset.ts';

const DATASET = 'spider';
const DAY_MS = 24 * 3_600_000;
const OPEN_TASK = 'spider/2/9_t1';
const FINISHED_TASK = 'spider/1/1_t1';

// A real S3 server on a folder, so that a test can make things old, and kill it.
describe('garbage', () => {
  let root: string;
  let server: RunningVersitygw;
  let store: ObjectStore;
  let series: CatalogSeries[];
  let versions: [Digest, Digest];
  /** Keys that must stay, and keys that must go. */
  let needed: string[];
  let unneeded: string[];
  const openTasks: Parameters<typeof planGarbage>[1] = [];
  const idle = () => Promise.resolve([]);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'spindle-gc-'));
    server = await startVersitygw(join(root, 's3'));
    const { endpoint, accessKeyId, secretAccessKey } = server;
    store = openObjectStore({ endpoint, accessKeyId, secretAccessKey, region: 'us-east-1', bucket: 'spindle' });
    await store.ensureBucket();
    await fill();
    await age(3 * DAY_MS);
  });
  afterEach(async () => {
    store.close();
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  /** Two versions, a model with an evaluation, a catalog, an open task, and beside each something that nothing needs. */
  async function fill(): Promise<void> {
    const records = new DatasetRecords(store, DATASET);
    series = [await smallSeries(store, '1_t1', 1), await smallSeries(store, '2_t1', 2)];
    const shown = await put('what the reviewer of 2_t1 saw');
    series[1]!.reference!.baseDigest = shown.digest;
    const first = await publish(store, DATASET, series.slice(0, 1), { 1: 'train' });
    versions = [first, await publish(store, DATASET, series, { 1: 'train', 2: 'validation' })];
    const unread = { ...(await smallSeries(store, '3_t1', 3)), reference: null };
    await records.updateCatalog((catalog) => ({ ...catalog, series }));
    const oldCatalog = await catalogDigest();
    await records.updateCatalog((catalog) => ({ ...catalog, series: [...series, unread] }));
    const files = {
      onnx: await put('network'),
      card: await put('{"a":"card"}'),
      weights: await put('weights'),
      curves: await put('curves'),
    };
    const details = await put('{"scored":[]}');
    const evaluation = { version: first, model: files.onnx.digest, patients: 1, series: 1, details };
    const model = { model: files.onnx.digest, ...files, trainer: 'iis', preset: 'demo', round: 1, version: first };
    const registry = { champion: null, models: [{ ...model, evaluations: [evaluation] }], decisions: [] };
    await store.writeRef(DATASET, 'models', registry, null);
    const release = await put(`{"signature":"${(await put('signature')).digest}"}`);
    await store.writeRef(DATASET, 'releases', { newest: release }, null);
    const proposal = await put('an open proposal');
    openTasks.splice(0, openTasks.length, { task: OPEN_TASK, input: [{ proposal }] });
    const open = await store.putUpload(OPEN_TASK, text('a correction under way'));

    const lost = await stored(store, smallVolume(99));
    const orphanSeries = { ...series[0]!, image: lost };
    const catalog = { schema: 'spindle.catalog/1' as const, dataset: DATASET, series: [orphanSeries] };
    const orphan = await store.putVersion(DATASET, buildManifest({ ...catalog, split: { 1: 'train' } }, first));
    const finished = await store.putUpload(FINISHED_TASK, text('a correction of long ago'));
    const probe = 'probe/1234/once';
    await store.bucket.write(probe, text('probe'), 'any');
    unneeded = [
      versionKey(DATASET, orphan),
      objectKey(lost.digest),
      objectKey((await put('an excluded proposal')).digest),
      objectKey(oldCatalog),
      uploadKey(FINISHED_TASK, finished.digest),
      probe,
    ];
    const all = await keys();
    needed = all.filter((key) => !unneeded.includes(key));
    // The control of this test: what it holds for needed is what it put there, one by one.
    const volumes = [...series, unread].flatMap(({ image, reference }) => [
      image,
      ...(reference ? [reference.mask] : []),
    ]);
    const objects: ObjectRef[] = [...volumes, ...Object.values(files), details, release, proposal, shown];
    const kept = new Set([...objects.map(({ digest }) => objectKey(digest)), objectKey(await catalogDigest())]);
    kept.add(objectKey((await put('signature')).digest));
    expect(needed.filter((key) => key.startsWith('objects/'))).toEqual([...kept].sort());
    expect(needed).toContain(uploadKey(OPEN_TASK, open.digest));
  }

  const put = (value: string) => store.putObject(text(value));

  async function catalogDigest(): Promise<Digest> {
    const ref = await store.bucket.read(`refs/${DATASET}/catalog.json`);
    return (JSON.parse(new TextDecoder().decode(ref!.bytes)) as { catalog: ObjectRef }).catalog.digest;
  }

  async function keys(): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of store.bucket.list('')) if (key !== LOCK_KEY) found.push(key);
    return found.sort();
  }

  /** Makes everything stored older than it is. */
  async function age(byMs: number): Promise<void> {
    for (const key of await keys()) {
      const path = join(server.data, 'spindle', key);
      const then = new Date(statSync(path).mtimeMs - byMs);
      utimesSync(path, then, then);
    }
  }

  const plan = () => planGarbage(store, openTasks, DAY_MS);

  /** What `collectGarbage` does with its plan. */
  async function deletion(
    made: GarbagePlan,
    busyNow: () => Promise<string[]> = idle,
    options: { batch?: number; onProgress?: () => void } = {},
  ): Promise<void> {
    // A killed one's lock is passed over after two minutes; here after less.
    const lock = new CollectionLock(store.bucket, 500);
    await lock.take();
    await deleteGarbage(store, made, busyNow, { ...options, lock }).finally(() => lock.release().catch(() => {}));
  }

  /** Every manifest that is there, also of versions that are garbage, has all that it names. */
  async function expectWholeVersions(): Promise<void> {
    for (const { digest } of await store.listVersions(DATASET)) {
      expect((await verifyStored(store, DATASET, digest)).findings).toEqual([]);
    }
  }

  it('is what nothing needs, in an order that keeps versions whole; listing deletes nothing', async () => {
    const { garbage, bytes, kept } = await plan();
    expect(garbage.map(({ key }) => key).sort()).toEqual([...unneeded].sort());
    expect(garbage.map(({ kind }) => kind)).toEqual(['version', 'object', 'object', 'object', 'upload', 'probe']);
    const sizes = unneeded.map((key) => statSync(join(server.data, 'spindle', key)).size);
    expect(bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(kept.objects).toBe(needed.filter((key) => key.startsWith('objects/')).length);
    expect(await keys()).toEqual([...needed, ...unneeded].sort());
    await deletion(await plan());
    expect(await keys()).toEqual(needed);
    expect((await plan()).garbage).toEqual([]);
    await expectWholeVersions();
    expect((await store.listVersions(DATASET)).map(({ digest }) => digest).sort()).toEqual([...versions].sort());
  });

  it('is nothing that was written a moment ago, nor what a young manifest names', async () => {
    await age(-3 * DAY_MS);
    expect((await plan()).garbage).toEqual([]);
    await age(3 * DAY_MS);
    // The orphan manifest was stored just now: somebody may be publishing it. Its image is old.
    const [orphan, image] = unneeded as [string, string];
    touch(orphan);
    expect((await plan()).garbage.map(({ key }) => key)).not.toContain(image);
    // One young file keeps its folder of uploads.
    await store.putUpload(FINISHED_TASK, text('another'));
    expect((await plan()).garbage.map(({ kind }) => kind)).toEqual(['object', 'object', 'probe']);
  });

  it('keeps a version that is tagged, and what it needs', async () => {
    const orphan = /([0-9a-f]{64})\.json/.exec(unneeded[0]!)![1]!;
    await store.writeRef(DATASET, 'tags/v1.0', { version: orphan }, null);
    const garbage = (await plan()).garbage.map(({ key }) => key);
    expect(garbage).not.toContain(unneeded[0]);
    expect(garbage).not.toContain(unneeded[1]);
  });

  it('leaves every version whole wherever it is broken off, and nothing after a last run', async () => {
    const stop = new Error('stopped');
    let runs = 0;
    for (let left = (await plan()).garbage; left.length > 0; left = (await plan()).garbage) {
      const broken = deletion(await plan(), idle, {
        batch: 1,
        onProgress: () => {
          throw stop;
        },
      });
      await expect(broken).rejects.toBe(stop);
      await expectWholeVersions();
      runs++;
    }
    expect(runs).toBe(unneeded.length);
    expect(await keys()).toEqual(needed);
  });

  it('goes on after the server was killed in the middle', async () => {
    let killed = false;
    const kill = async () => {
      // Asked before each batch: the second never comes to be deleted.
      if (killed) await server.kill();
      killed = true;
      return [];
    };
    await expect(deletion(await plan(), kill, { batch: 1 })).rejects.toThrow();
    const { endpoint, accessKeyId, secretAccessKey } = server;
    server = await startVersitygw(join(root, 's3'), { endpoint, accessKeyId, secretAccessKey });
    await expectWholeVersions();
    expect((await keys()).length).toBe(needed.length + unneeded.length - 1);
    await deletion(await plan());
    expect(await keys()).toEqual(needed);
    await expectWholeVersions();
  });

  it('is left alone while work is under way, and when a ref moves meanwhile', async () => {
    const before = await keys();
    const made = await plan();
    const busy = deletion(made, () => Promise.resolve(['round/spider/2', 'campaign/spider']));
    await expect(busy).rejects.toMatchObject({
      name: 'ConflictError',
      message: 'nothing is deleted while work is under way: round/spider/2 and 1 more',
    });
    await store.writeRef(DATASET, 'tags/v1', { version: versions[0] }, null);
    await expect(deletion(made)).rejects.toThrow('a ref has changed');
    expect((await keys()).filter((key) => !key.startsWith('refs/'))).toEqual(
      before.filter((key) => !key.startsWith('refs/')),
    );
  });

  it('can not be told when something that leads on is damaged or gone', async () => {
    const manifest = join(server.data, 'spindle', versionKey(DATASET, versions[0]));
    const bytes = readFileSync(manifest);
    writeFileSync(manifest, Buffer.concat([bytes, Buffer.from(' ')]));
    await expect(plan()).rejects.toMatchObject({ name: 'CorruptObjectError' });
    rmSync(manifest);
    await expect(plan()).rejects.toMatchObject({ name: 'MissingObjectError' });
    mkdirSync(dirname(manifest), { recursive: true });
    writeFileSync(manifest, bytes);
    rmSync(join(server.data, 'spindle', objectKey(await catalogDigest())));
    await expect(plan()).rejects.toMatchObject({ name: 'MissingObjectError' });
    expect(readdirSync(join(server.data, 'spindle')).length).toBeGreaterThan(3);
  });

  it('takes nothing away that somebody stores or names between its last look and its deletion', async () => {
    const [orphan, image] = unneeded as [string, string];
    const version = /([0-9a-f]{64})\.json/.exec(orphan)![1]!;
    const bytes = (await store.bucket.read(image))!.bytes;
    const writers: Promise<unknown>[] = [];
    const work = async () => {
      // The last question before a batch: writers that begin now find the lock held.
      if (writers.length === 0) {
        const storeAgain = store
          .putObject(bytes)
          .then((ref) => store.writeRef(DATASET, 'releases', { newest: ref }, null).catch(() => ref));
        writers.push(storeAgain, tagVersion(store, DATASET, { tag: 'late', version }));
      }
      return { busy: [], tasks: openTasks };
    };
    const { garbage } = await collectGarbage(store, work, DAY_MS);
    expect(garbage.map(({ key }) => key)).toEqual(expect.arrayContaining([orphan, image]));
    const [again, tagged] = await Promise.allSettled(writers);
    expect(again).toMatchObject({ status: 'fulfilled' });
    expect(await store.bucket.exists(image)).toBe(true);
    // The version was gone when the tag was set: it is named as missing, and no tag names it.
    expect(tagged).toMatchObject({ status: 'rejected', reason: { name: 'MissingObjectError' } });
    expect(await store.listRefs(DATASET)).not.toContain('tags/late');
  });

  function touch(key: string): void {
    const now = new Date();
    utimesSync(join(server.data, 'spindle', key), now, now);
  }
});

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createIngestGateActivities, createIngestLedgerActivities } from '../../activities/ingest.ts';
import { CollectionLock } from '../../adapters/collection-lock.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { publishCatalog } from '../../adapters/publication.ts';
import { encodeMha, voxelDigest } from '../../adapters/volume.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { collectGarbage } from '../../client/garbage/collect.ts';
import { publishFolder } from '../../client/publish-folder.ts';
import { verifyFolder } from '../../client/verify-version.ts';
import { GIVEN, type CatalogSeries } from '../../core/catalog.ts';
import type { Grid } from '../../core/geometry.ts';
import type { Volume } from '../../core/volume.ts';

export const DATASET = 'faults';
/** Everything that is there is older: as a day later. */
const A_DAY_LATER_MS = -24 * 3_600_000;
const DEAD_MS = 300;

/** Something that is broken off at every request, on a dataset of its own. */
export interface Scene {
  name: 'publish' | 'checkout' | 'gc' | 'import';
  /** Makes what is there before, in `folder` as well. */
  prepare(store: ObjectStore, folder: string): Promise<void>;
  /** What is broken off, and is done again; gives what must be the same however often that happened. */
  run(store: ObjectStore, folder: string): Promise<string>;
}

export const SCENES: readonly Scene[] = [
  { name: 'publish', prepare: prepareCheckout, run: publishChanged },
  { name: 'checkout', prepare: prepareVersion, run: checkOut },
  { name: 'gc', prepare: prepareGarbage, run: collect },
  { name: 'import', prepare: () => Promise.resolve(), run: importSeries },
];

async function prepareVersion(store: ObjectStore): Promise<void> {
  const series = [await seriesOf(store, '1', 5), await seriesOf(store, '2', 6)];
  await new DatasetRecords(store, DATASET).updateCatalog((catalog) => ({
    ...catalog,
    series,
    split: { 1: 'train', 2: 'validation' },
  }));
  await publishCatalog(store, DATASET);
}

async function prepareCheckout(store: ObjectStore, folder: string): Promise<void> {
  await prepareVersion(store);
  const version = (await new DatasetRecords(store, DATASET).mainVersion())!;
  await checkoutVersion(store, DATASET, version, join(folder, 'before'));
  const mask = volume(1);
  mask.voxels.fill(0, 10);
  writeFileSync(join(folder, 'before', 'masks', '2_t1.mha'), await encodeMha(mask));
}

async function publishChanged(store: ObjectStore, folder: string): Promise<string> {
  // A killed publisher may leave its folder as it was, which is the harder case.
  const into = join(folder, 'work');
  rmSync(into, { recursive: true, force: true });
  cpSync(join(folder, 'before'), into, { recursive: true });
  const { version } = await publishFolder(store, { dataset: DATASET, folder: into, reviewer: 'anna', minutes: 1 });
  return version!;
}

async function checkOut(store: ObjectStore, folder: string): Promise<string> {
  const version = (await new DatasetRecords(store, DATASET).mainVersion())!;
  await checkoutVersion(store, DATASET, version, join(folder, 'out'));
  const { findings } = await verifyFolder(join(folder, 'out'));
  if (findings.length > 0) throw new Error(`a checkout that is not whole: ${findings[0]!.key}`);
  return version;
}

async function prepareGarbage(store: ObjectStore): Promise<void> {
  await prepareVersion(store);
  for (const text of ['one', 'two', 'three']) await store.putObject(new TextEncoder().encode(text));
  await store.putUpload('ingest/faults/1', new TextEncoder().encode('an upload'));
}

/** Collects as a day later; the lock of one that was broken off is passed over after less than the usual two minutes. */
export async function collectAll(store: ObjectStore): Promise<void> {
  const idle = () => Promise.resolve({ busy: [], tasks: [] });
  await collectGarbage(store, idle, A_DAY_LATER_MS, () => {}, new CollectionLock(store.bucket, DEAD_MS));
}

async function collect(store: ObjectStore): Promise<string> {
  await collectAll(store);
  const keys: string[] = [];
  for await (const { key } of store.bucket.list('')) if (!key.startsWith('locks/')) keys.push(key);
  return keys.join('\n');
}

/** What the workflows of an import do, one after the other. */
async function importSeries(store: ObjectStore, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const uploads = 'ingest/faults/1';
  const upload = async (made: Volume, name: string) => ({
    ...(await store.putUpload(uploads, await encodeMha(made))),
    name,
  });
  const item = {
    series: '1_t1',
    study: '1',
    patient: '1',
    sequence: 't1' as const,
    hospital: 'RH1',
    sex: 'F' as const,
    overview: null,
    image: await upload(volume(5), '1_t1.mha'),
    mask: await upload(volume(1), '1_t1.mha'),
    annotatedClasses: ['vertebra' as const],
    classOfLabel: null,
  };
  const gate = createIngestGateActivities({ store });
  const ledger = createIngestLedgerActivities({ store });
  const result = await gate.ingestSeries({ folder: uploads, item });
  if (result.refused.length > 0) throw new Error(`refused: ${result.refused[0]!.field}`);
  await ledger.commitIngest({ dataset: DATASET, results: [result] });
  await ledger.dropUploads({ folder: uploads });
  await new DatasetRecords(store, DATASET).updateCatalog((catalog) => ({ ...catalog, split: { 1: 'train' } }));
  return (await publishCatalog(store, DATASET))!;
}

async function seriesOf(store: ObjectStore, study: string, value: number): Promise<CatalogSeries> {
  const put = async (made: Volume) => ({
    ...(await store.putObject(await encodeMha(made))),
    voxelDigest: voxelDigest(made),
  });
  const image = await put(volume(value));
  return {
    series: `${study}_t1`,
    study,
    patient: study,
    sequence: 't1',
    hospital: 'RH1',
    sex: 'F',
    grid: GRID,
    image,
    sourceDigest: image.digest,
    overview: null,
    reference: {
      mask: await put(volume(1)),
      ...GIVEN,
      labels: [1],
      incompleteVertebrae: [],
      annotatedClasses: ['vertebra'],
    },
    excluded: null,
  };
}

const GRID: Grid = {
  size: [4, 3, 2],
  spacingMm: [1, 1, 4],
  originLpsMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

function volume(value: number): Volume<Int16Array> {
  return { grid: GRID, element: 'SHORT', voxels: new Int16Array(24).fill(value) };
}

import type { Client } from '@temporalio/client';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import { CollectionLock } from '../adapters/collection-lock.ts';
import { objectKey, type ObjectStore } from '../adapters/object-store.ts';
import { seenModels } from '../adapters/seen-models.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import { compareSeries, type Catalog, type CatalogSeries } from '../core/catalog.ts';
import { fingerprint, withHidden, type HiddenPatient } from '../core/hidden-patients.ts';
import type { DatasetName, Digest, PatientId, SeriesId } from '../core/ids.ts';
import { compareText } from '../core/mixed-hash.ts';
import { numbersOf, personsOf } from '../core/patient-links.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import { deleteGarbage, type Garbage, type GarbagePlan } from './garbage/collect.ts';
import { neededObjects } from './garbage/needed.ts';
import { openWork, type OpenWork } from './garbage/open-work.ts';
import { versionsWith } from './revealed-leaks.ts';

export interface HideRequest {
  dataset: DatasetName;
  patients: readonly PatientId[];
  reason: string;
  /** Hide also whom models have seen, and say so: for a person of whom another number is hidden already. Default: refuse. */
  evenIfSeen?: boolean;
}

export interface HideReport {
  dataset: DatasetName;
  /** Every number of the persons, ascending. */
  patients: PatientId[];
  /** Series that were moved into the sealed bucket now. */
  series: SeriesId[];
  /** Models that had seen them: never to be judged on the hidden test. */
  seenBy: Digest[];
  /** Published versions that hold them, and can't be taken back. */
  versions: Digest[];
  /** Objects of theirs in the ordinary bucket: taken away, and left since something refers to them. */
  removed: number;
  left: number;
}

export interface HideDeps {
  client: Client;
  store: ObjectStore;
  sealed: ObjectStore;
}

const ATTEMPTS = 5;

/**
 * Puts patients, with all study numbers of theirs, into the hidden test, for good: copies their volumes into the sealed bucket, takes
 * their series and sets out of the catalog, and then their volumes out of the ordinary bucket as far as nothing refers to them. Broken
 * off anywhere it can be asked for again. Throws NotFoundError for a patient nobody knows; ConflictError while work on the dataset is
 * under way, since it may be learning from them, and for a patient whom a model has seen.
 */
export async function hidePatients(deps: HideDeps, request: HideRequest): Promise<HideReport> {
  const { dataset } = request;
  const { store } = deps;
  const records = new DatasetRecords(store, dataset);
  const catalog = await records.catalog();
  const known = new Set([...catalog.series, ...(catalog.hidden ?? [])].map(({ patient }) => patient));
  const unknown = request.patients.filter((patient) => !known.has(patient));
  if (unknown.length > 0) throw new NotFoundError(`dataset "${dataset}" has no patient ${unknown.join(', ')}`);
  await refuseUnderWay(deps, dataset);
  const patients = numbersOf(request.patients, personsOf(catalog.links ?? []));
  const seenBy = await seeing(records, patients, request.evenIfSeen ?? false);
  const moved = await moveSeries(deps, records, patients, { reason: request.reason, seenBy });
  return {
    dataset,
    patients: [...patients].sort(compareText),
    series: moved.map(({ series }) => series),
    seenBy,
    versions: (await versionsWith(store, dataset, patients)).map(({ version }) => version),
    ...(await removeCopies(deps, new Set(moved.flatMap(digestsOf)))),
  };
}

/** A training under way may be learning from them: only when all is still can it be said that nothing has seen them. */
async function refuseUnderWay({ client, store }: HideDeps, dataset: DatasetName): Promise<void> {
  const { busy } = await openWork(client, store);
  const [first] = busy.filter((id) => id.split('/')[1] === dataset);
  if (first) throw new ConflictError(`patients are not hidden while work on the dataset is under way: ${first}`);
}

async function seeing(records: DatasetRecords, patients: ReadonlySet<PatientId>, evenIfSeen: boolean) {
  const models = (await seenModels(records)).filter(({ patientsSeen }) =>
    patientsSeen.some((patient) => patients.has(patient)),
  );
  const [first] = models;
  if (first && !evenIfSeen) {
    const seen = first.patientsSeen.filter((patient) => patients.has(patient)).join(', ');
    const more = models.length > 1 ? `, and ${models.length - 1} other models have seen some of them` : '';
    const what = `model ${first.model.slice(0, 12)} has seen ${seen}${more}`;
    throw new ConflictError(`${what}: who has taught a model is no hidden test any more, and can't be made one`);
  }
  return models.map(({ model }) => model);
}

/** Copies first, then moves the catalog, and only if it still holds what was copied; again when somebody wrote in between. */
async function moveSeries(
  { store, sealed }: HideDeps,
  records: DatasetRecords,
  patients: ReadonlySet<PatientId>,
  { reason, seenBy }: { reason: string; seenBy: Digest[] },
): Promise<CatalogSeries[]> {
  const vault = new DatasetRecords(sealed, records.dataset);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const entries = seriesOf(await records.catalog(), patients);
    for (const digest of new Set(entries.flatMap(digestsOf))) {
      if (!(await sealed.hasObject(digest)) && (await store.hasObject(digest))) {
        await sealed.putObject(await store.getObject(digest));
      }
    }
    const marks = [...patients].map((patient) => markOf(patient, reason, seenBy, entries));
    await vault.updateCatalog((before) => ({
      ...before,
      series: [
        ...before.series.filter(({ series }) => !entries.some((each) => each.series === series)),
        ...entries,
      ].sort(compareSeries),
      hidden: withHidden(before.hidden, marks),
    }));
    let stale = false;
    await records.updateCatalog((before) => {
      stale = canonicalJson(seriesOf(before, patients)) !== canonicalJson(entries);
      return stale ? before : withoutPatients(before, patients, marks);
    });
    if (!stale) return entries;
  }
  throw new ConflictError('somebody keeps changing the series of these patients: try again');
}

function withoutPatients(catalog: Catalog, patients: ReadonlySet<PatientId>, marks: HiddenPatient[]): Catalog {
  return {
    ...catalog,
    series: catalog.series.filter(({ patient }) => !patients.has(patient)),
    split: Object.fromEntries(Object.entries(catalog.split).filter(([patient]) => !patients.has(patient))),
    hidden: withHidden(catalog.hidden, marks),
  };
}

function markOf(patient: PatientId, reason: string, seenBy: Digest[], entries: CatalogSeries[]): HiddenPatient {
  const images = entries
    .filter((entry) => entry.patient === patient)
    .map(({ series, sourceDigest, image }) => {
      return { series, source: fingerprint(sourceDigest), voxels: fingerprint(image.voxelDigest) };
    });
  return { patient, reason, seenBy, images };
}

function seriesOf({ series }: Catalog, patients: ReadonlySet<PatientId>): CatalogSeries[] {
  return series.filter(({ patient }) => patients.has(patient));
}

function digestsOf({ image, reference }: CatalogSeries): Digest[] {
  const { mask, baseDigest } = reference ?? {};
  return [image.digest, mask?.digest ?? null, baseDigest ?? null].filter((digest) => digest !== null);
}

/** Takes objects out of the ordinary bucket unless anything that is there refers to them: any version, ref, open task or dataset. */
async function removeCopies(
  { client, store }: HideDeps,
  digests: ReadonlySet<Digest>,
): Promise<{ removed: number; left: number }> {
  const lock = new CollectionLock(store.bucket);
  const { busy } = await openWork(client, store);
  if (digests.size === 0 || busy.length > 0) return { removed: 0, left: digests.size };
  await lock.take();
  try {
    const plan = await unneeded(store, (await openWork(client, store)).tasks, digests);
    await deleteGarbage(store, plan, async () => (await openWork(client, store)).busy, { lock });
    let left = 0;
    for (const digest of digests) if (await store.hasObject(digest)) left++;
    return { removed: plan.garbage.length, left };
  } finally {
    await lock.release();
  }
}

async function unneeded(
  store: ObjectStore,
  tasks: OpenWork['tasks'],
  digests: ReadonlySet<Digest>,
): Promise<GarbagePlan> {
  const inputs = tasks.map(({ input }) => input);
  // Every stored version counts as young, also one that nothing leads to any more.
  const { objects, refs } = await neededObjects(store, inputs, new Date(0));
  const garbage: Garbage[] = [];
  for (const digest of digests) {
    if (objects.has(digest) || !(await store.hasObject(digest))) continue;
    garbage.push({ key: objectKey(digest), kind: 'object', bytes: 0, lastModified: new Date(0).toISOString() });
  }
  return { garbage, bytes: 0, kept: { objects: 0, bytes: 0 }, refs };
}

import { buildManifest, sameContent } from '../core/build-manifest.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import { Catalog, type CatalogSeries } from '../core/catalog.ts';
import type { DatasetName, Digest, ObjectRef } from '../core/ids.ts';
import type { SeenModel } from '../core/leak-proof.ts';
import type { Manifest } from '../core/manifest.ts';
import { CatalogPointer, REF, VersionPointer } from '../core/refs.ts';
import { DatasetRecords } from './dataset-records.ts';
import type { ObjectStore } from './object-store.ts';
import { streamCatalog, streamVersionBytes, type ManifestHead } from './record-stream.ts';
import { seenModels } from './seen-models.ts';
import { spooled } from './spool.ts';

/** A catalog of more bytes is frozen series by series: some 10,000 series. */
const HELD_BYTES = 16 * 1024 * 1024;
/** Characters of a manifest that are sent at a time, or one series more. */
const PIECE = 256 * 1024;

/**
 * Freezes a dataset's catalog as a version after the newest one and makes it the main one; null when nothing has a reference.
 * Unchanged content keeps its version, so it may be asked any number of times. The pointer moves last, and only if it still is where
 * the parent was read; the catalog is read after it, so a version never lacks what the one before was published with, whoever else
 * publishes at the same time. Memory holds a catalog of `heldBytes` at most; a larger one is read series by series, several times.
 */
export async function publishCatalog(
  store: ObjectStore,
  dataset: DatasetName,
  heldBytes: number = HELD_BYTES,
): Promise<Digest | null> {
  const records = new DatasetRecords(store, dataset);
  let published: Digest | null = null;
  await store.updateRef<VersionPointer | null>(dataset, REF.main, VersionPointer.nullable(), null, async (main) => {
    const pointer = await store.readRef(dataset, REF.catalog, CatalogPointer);
    const catalog = pointer?.value.catalog;
    if (!catalog) return main;
    const parent = main?.version ?? null;
    const models = await seenModels(records);
    const freeze = catalog.bytes <= heldBytes ? freezeHeld : freezeStreamed;
    published = await freeze(store, { dataset, catalog, parent, models });
    return published === null ? main : { version: published };
  });
  return published;
}

interface Freeze {
  dataset: DatasetName;
  catalog: ObjectRef;
  parent: Digest | null;
  models: SeenModel[];
}

async function freezeHeld(store: ObjectStore, { dataset, catalog, parent, models }: Freeze): Promise<Digest | null> {
  const held = await store.getJson(catalog.digest, Catalog);
  if (!held.series.some(isFrozen)) return null;
  const manifest = buildManifest(held, parent, models);
  if (parent !== null && sameContent(await store.getVersion(dataset, parent), manifest)) return parent;
  return store.putVersion(dataset, manifest);
}

async function freezeStreamed(store: ObjectStore, freeze: Freeze): Promise<Digest | null> {
  const { dataset, catalog, parent, models } = freeze;
  const light = await lightCatalog(store, catalog);
  if (light.series.length === 0) return null;
  const { series: ordered, ...head } = buildManifest(light, parent, models);
  // Not ascending, so written by hand or by later code: to be put in order it has to be held.
  if (ordered.some(({ series }, at) => series !== light.series[at]!.series)) return freezeHeld(store, freeze);
  const frozen = () => frozenSeries(store, catalog, head.split);
  if (parent !== null && (await sameAsStored(store, dataset, parent, frozen(), head))) return parent;
  return spooled(manifestBytes(head, frozen()), (file) => store.putVersionFile(dataset, file));
}

function isFrozen({ excluded, reference }: CatalogSeries): boolean {
  return !excluded && reference !== null;
}

/** The catalog with just what the head of a manifest is made from: of each series in the version who and what it is. */
async function lightCatalog(store: ObjectStore, catalog: ObjectRef): Promise<Catalog> {
  const series: CatalogSeries[] = [];
  const stream = streamCatalog(store, catalog);
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done) return { ...next.value, series };
    const { series: id, study, sequence, patient, excluded } = next.value;
    const light = { series: id, study, sequence, patient, excluded, reference: {} };
    if (isFrozen(next.value)) series.push(light as CatalogSeries);
  }
}

/** Canonical JSON of each series of the version, in order; of a catalog that was read and checked before. */
async function* frozenSeries(
  store: ObjectStore,
  catalog: ObjectRef,
  split: ManifestHead['split'],
): AsyncGenerator<string> {
  for await (const entry of streamCatalog(store, catalog, { checked: false })) {
    if (!isFrozen(entry)) continue;
    const { excluded: _, ...facts } = entry;
    yield canonicalJson({ ...facts, split: split[entry.patient]! });
  }
}

/** The canonical JSON of a manifest, in pieces. */
async function* manifestBytes(head: ManifestHead, series: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const members = Object.keys(head).filter((name) => head[name as keyof ManifestHead] !== undefined);
  const write = (names: string[]) =>
    names.sort().map((name) => `${JSON.stringify(name)}:${canonicalJson(head[name as keyof ManifestHead])}`);
  const before = write(members.filter((name) => name < 'series'));
  const after = write(members.filter((name) => name > 'series'));
  let waiting = [`{${[...before, '"series":['].join(',')}`];
  let characters = 0;
  let isFirst = true;
  for await (const entry of series) {
    waiting.push(isFirst ? entry : `,${entry}`);
    isFirst = false;
    characters += entry.length;
    if (characters < PIECE) continue;
    yield Buffer.from(waiting.join(''));
    [waiting, characters] = [[], 0];
  }
  yield Buffer.from(`${waiting.join('')}${[']', ...after].join(',')}}`);
}

/** The streamed form of `sameContent`. */
async function sameAsStored(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  series: AsyncGenerator<string>,
  head: ManifestHead,
): Promise<boolean> {
  const stored = streamVersionBytes(store, dataset, version);
  try {
    for (let next = await stored.next(); ; next = await stored.next()) {
      const own = await series.next();
      if (next.done) {
        const other = next.value as Omit<Manifest, 'series'>;
        return own.done === true && sameContent({ ...other, series: [] }, { ...head, series: [] });
      }
      if (own.done || !Buffer.from(own.value).equals(next.value)) return false;
    }
  } finally {
    await Promise.all([stored.return(null), series.return(null)]);
  }
}

import { z } from 'zod';
import {
  CorruptObjectError,
  MissingObjectError,
  objectKey,
  versionKey,
  type ObjectStore,
} from '../../adapters/object-store.ts';
import { sha256 } from '../../adapters/volume.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { digestsIn } from '../../core/digests-in.ts';
import { DatasetName, type Digest } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { CatalogPointer, REF, TAGS, VersionPointer } from '../../core/refs.ts';
import { VERIFICATIONS } from '../../core/verification.ts';

/** What must stay. */
export interface Needed {
  /** Digests of objects; some name nothing that is stored. */
  objects: Set<Digest>;
  /** Per dataset the versions that something names, or that are too young to be judged, with all their ancestors. */
  versions: Map<DatasetName, Set<Digest>>;
  /** Names the state of all refs: other refs, other text. */
  refs: string;
}

interface StoredManifest {
  digest: Digest;
  lastModified: Date;
}

/** Refs of which all that they name is known; what another one names is read and followed, should it be JSON. */
const KNOWN: readonly string[] = [REF.models, REF.main, REF.rounds, REF.imports];

/**
 * Follows everything that keeps an object: every ref of every dataset, the newest catalogs, every version that a ref, a model or a
 * round names and its ancestors, versions stored after `youngSince`, and the inputs of open tasks. Whatever looks like a digest
 * counts, so it rather keeps too much. Throws MissingObjectError, CorruptObjectError and InvalidInputError when something that it
 * has to follow is not there whole: then nobody can tell what is needed.
 */
export async function neededObjects(store: ObjectStore, inputs: readonly unknown[], youngSince: Date): Promise<Needed> {
  const objects = digestsIn(inputs);
  const versions = new Map<DatasetName, Set<Digest>>();
  const refs: unknown[] = [];
  for (const dataset of await datasetsOf(store)) {
    const named = await followRefs(store, dataset, refs);
    for (const digest of objects) named.objects.add(digest);
    const stored = await store.listVersions(dataset);
    const live = await followVersions(store, dataset, { ...named, stored, youngSince });
    versions.set(dataset, live.versions);
    for (const digest of live.objects) objects.add(digest);
  }
  return { objects, versions, refs: canonicalJson(refs) };
}

/** The state of all refs as `Needed.refs` names it. */
export async function refsNow(store: ObjectStore): Promise<string> {
  const refs: unknown[] = [];
  for (const dataset of await datasetsOf(store)) {
    for (const name of await store.listRefs(dataset)) {
      if (name !== VERIFICATIONS) refs.push([dataset, name, await refValue(store, dataset, name)]);
    }
  }
  return canonicalJson(refs);
}

/** Datasets that have a ref or a version, ascending. */
async function datasetsOf(store: ObjectStore): Promise<DatasetName[]> {
  const names = [...(await store.listDatasets()), ...(await store.bucket.folders('versions/'))];
  return [...new Set(names)].filter((name) => DatasetName.safeParse(name).success).sort();
}

async function refValue(store: ObjectStore, dataset: DatasetName, name: string): Promise<unknown> {
  return (await store.readRef(dataset, name, z.unknown()))?.value ?? null;
}

interface Named {
  objects: Set<Digest>;
  /** Versions that must be there. */
  pointers: Digest[];
}

async function followRefs(store: ObjectStore, dataset: DatasetName, refs: unknown[]): Promise<Named> {
  const named: Named = { objects: new Set(), pointers: [] };
  for (const name of await store.listRefs(dataset)) {
    // What was verified once is not needed for that.
    if (name === VERIFICATIONS) continue;
    const value = await refValue(store, dataset, name);
    refs.push([dataset, name, value]);
    const own = digestsIn(value);
    for (const digest of own) named.objects.add(digest);
    if (name === REF.catalog) {
      const { catalog } = CatalogPointer.parse(value);
      digestsIn(await readJson(store, objectKey(catalog.digest), catalog.digest), named.objects);
    } else if (name === REF.main || name.startsWith(`${TAGS}/`)) {
      named.pointers.push(VersionPointer.parse(value).version);
    } else if (!KNOWN.includes(name)) {
      await followUnknown(store, own, named.objects);
    }
  }
  return named;
}

/** Objects that a ref of later than this code names, and what those name in turn. */
async function followUnknown(store: ObjectStore, from: Iterable<Digest>, found: Set<Digest>): Promise<void> {
  const waiting = [...from];
  const visited = new Set<Digest>();
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (visited.has(digest)) continue;
    visited.add(digest);
    const stored = await store.bucket.read(objectKey(digest));
    const value = stored && parsed(stored.bytes);
    for (const next of value ? digestsIn(value.json) : []) {
      found.add(next);
      waiting.push(next);
    }
  }
}

async function followVersions(
  store: ObjectStore,
  dataset: DatasetName,
  { objects, pointers, stored, youngSince }: Named & { stored: StoredManifest[]; youngSince: Date },
): Promise<{ versions: Set<Digest>; objects: Set<Digest> }> {
  const there = new Set(stored.map(({ digest }) => digest));
  const young = stored.filter(({ lastModified }) => lastModified >= youngSince).map(({ digest }) => digest);
  const waiting = [...pointers, ...young, ...[...objects].filter((digest) => there.has(digest))];
  const versions = new Set<Digest>();
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    if (versions.has(digest)) continue;
    versions.add(digest);
    const manifest = await readJson(store, versionKey(dataset, digest), digest);
    for (const named of digestsIn(manifest)) {
      objects.add(named);
      if (there.has(named)) waiting.push(named);
    }
    const { parent } = z.object({ parent: z.string().nullable() }).parse(manifest);
    if (parent !== null) waiting.push(parent);
  }
  return { versions, objects };
}

async function readJson(store: ObjectStore, key: string, digest: Digest): Promise<unknown> {
  const stored = await store.bucket.read(key);
  if (!stored) throw new MissingObjectError(key);
  const got = sha256(stored.bytes);
  if (got !== digest) throw new CorruptObjectError(key, digest, got);
  const value = parsed(stored.bytes);
  if (!value)
    throw new InvalidInputError(key, 'content', 'JSON in UTF-8', `${stored.bytes.byteLength} bytes that are not`);
  return value.json;
}

const OPENING_BRACES = ['{', '['].map((brace) => brace.charCodeAt(0));

function parsed(bytes: Uint8Array): { json: unknown } | null {
  if (!OPENING_BRACES.includes(bytes[0] ?? 0)) return null;
  try {
    return { json: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    return null;
  }
}

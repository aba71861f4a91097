import { DatasetRecords } from '../adapters/dataset-records.ts';
import { CorruptObjectError, MissingObjectError, versionKey, type ObjectStore } from '../adapters/object-store.ts';
import { parsedJson } from '../adapters/parsed-json.ts';
import { sha256 } from '../adapters/volume.ts';
import { isDigestPrefix, SHORTEST_DIGEST_PREFIX, type DatasetName, type Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { Manifest } from '../core/manifest.ts';
import { TagName } from '../core/refs.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import { listTags, taggedVersion, tagsOf } from './version-tags.ts';

/** One line of a dataset's history. */
export interface VersionRow {
  version: Digest;
  parent: Digest | null;
  /** Ascending. */
  tags: string[];
  series: number;
  patients: number;
  train: number;
  validation: number;
  /** Series by how their reference came to be. */
  given: number;
  accepted: number;
  corrected: number;
  /** Series that the parent does not have. */
  added: number;
}

export interface StoredVersion {
  version: Digest;
  manifest: Manifest;
  /** The manifest exactly as it is stored. */
  bytes: Uint8Array;
}

/** The published versions, the newest first: the main one and its ancestors. Empty before the first. */
export async function listVersions(store: ObjectStore, dataset: DatasetName): Promise<VersionRow[]> {
  const rows: VersionRow[] = [];
  const tags = await listTags(store, dataset);
  for await (const { version, manifest, parent } of versionChain(store, dataset)) {
    rows.push({ ...versionRow(version, manifest, parent), tags: tagsOf(tags, version) });
  }
  return rows;
}

/** A version and the one before it, of which at most these two are held in memory at a time. */
export interface ChainLink {
  version: Digest;
  manifest: Manifest;
  parent: Manifest | null;
}

/** A version (the main one by default) and its ancestors, the newest first. */
export async function* versionChain(
  store: ObjectStore,
  dataset: DatasetName,
  from?: Digest,
): AsyncGenerator<ChainLink> {
  const read = async (version: Digest | null) => (version === null ? null : store.getVersion(dataset, version));
  let version = from ?? (await new DatasetRecords(store, dataset).mainVersion());
  let manifest = await read(version);
  while (version !== null && manifest) {
    const parent = await read(manifest.parent);
    yield { version, manifest, parent };
    [version, manifest] = [manifest.parent, parent];
  }
}

/** `parent` null: everything counts as added. `train` and `validation` count patients. */
export function versionRow(version: Digest, manifest: Manifest, parent: Manifest | null): Omit<VersionRow, 'tags'> {
  const { series, split } = manifest;
  const before = new Set(parent?.series.map((entry) => entry.series));
  const count = (origin: string) => series.filter(({ reference }) => reference.origin === origin).length;
  const sets = Object.values(split);
  return {
    version,
    parent: manifest.parent,
    series: series.length,
    patients: sets.length,
    train: sets.filter((set) => set === 'train').length,
    validation: sets.filter((set) => set === 'validation').length,
    given: count('given'),
    accepted: count('accepted'),
    corrected: count('corrected'),
    added: series.filter((entry) => !before.has(entry.series)).length,
  };
}

/**
 * Finds the version that a person means: `main` for the newest, a tag, a digest, or the beginning of one (four characters or more).
 * Throws NotFoundError; ConflictError when several begin so; InvalidInputError for what can't be a version.
 */
export async function resolveVersion(store: ObjectStore, dataset: DatasetName, meant: string): Promise<Digest> {
  if (meant === 'main') {
    const main = await new DatasetRecords(store, dataset).mainVersion();
    if (main === null) throw new NotFoundError(`dataset "${dataset}" has no version yet`);
    return main;
  }
  if (TagName.safeParse(meant).success) return taggedVersion(store, dataset, meant);
  if (!isDigestPrefix(meant)) {
    const expected = `"main", a tag, or a digest's first ${SHORTEST_DIGEST_PREFIX} characters or more`;
    throw new InvalidInputError('command line', 'version', expected, JSON.stringify(meant));
  }
  const stored = await store.listVersions(dataset);
  const [first, second] = stored.map(({ digest }) => digest).filter((digest) => digest.startsWith(meant));
  if (first === undefined) throw new NotFoundError(`dataset "${dataset}" has no version "${meant}"`);
  if (second !== undefined) throw new ConflictError(`several versions of dataset "${dataset}" begin with "${meant}"`);
  return first;
}

/** Reads a version, verified. Throws MissingObjectError, CorruptObjectError, InvalidInputError. */
export async function readVersion(store: ObjectStore, dataset: DatasetName, version: Digest): Promise<StoredVersion> {
  const key = versionKey(dataset, version);
  const stored = await store.bucket.read(key);
  if (!stored) throw new MissingObjectError(key);
  const { bytes } = stored;
  const got = sha256(bytes);
  if (got !== version) throw new CorruptObjectError(key, version, got);
  return { version, manifest: parsedJson(bytes, Manifest, key, 'what its schema says'), bytes };
}

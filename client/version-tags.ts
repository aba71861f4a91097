import {
  MissingObjectError,
  refKey,
  RefConflictError,
  versionKey,
  type ObjectStore,
} from '../adapters/object-store.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { TagName, TAGS, VersionPointer } from '../core/refs.ts';
import { ConflictError, NotFoundError } from './errors.ts';

export interface Tagged {
  tag: TagName;
  version: Digest;
  /** The version that the tag named before; null for a new tag. */
  before: Digest | null;
}

/** The tags of a dataset and the versions they name, ascending. */
export async function listTags(store: ObjectStore, dataset: DatasetName): Promise<Map<TagName, Digest>> {
  const tags = new Map<TagName, Digest>();
  for (const ref of await store.listRefs(dataset)) {
    const name = TagName.safeParse(ref.slice(TAGS.length + 1));
    if (!ref.startsWith(`${TAGS}/`) || !name.success) continue;
    const pointer = await store.readRef(dataset, ref, VersionPointer);
    if (pointer) tags.set(name.data, pointer.value.version);
  }
  return tags;
}

/** Those of them that name a version. */
export function tagsOf(tags: ReadonlyMap<TagName, Digest>, version: Digest): TagName[] {
  return [...tags].filter(([, named]) => named === version).map(([tag]) => tag);
}

/** Throws NotFoundError. */
export async function taggedVersion(store: ObjectStore, dataset: DatasetName, tag: TagName): Promise<Digest> {
  const pointer = await store.readRef(dataset, `${TAGS}/${tag}`, VersionPointer);
  if (!pointer) throw new NotFoundError(`dataset "${dataset}" has no version "${tag}"`);
  return pointer.value.version;
}

/**
 * Names a version, for good: a tag moves only when it is forced to, and then only from the version that it was seen to name. The
 * same again is harmless. Throws ConflictError when it names another version, or somebody else moves it at this moment;
 * MissingObjectError, CorruptObjectError when the version is not there whole.
 */
export async function tagVersion(
  store: ObjectStore,
  dataset: DatasetName,
  { tag, version, force = false }: { tag: TagName; version: Digest; force?: boolean },
): Promise<Tagged> {
  await store.getVersion(dataset, version);
  const ref = `${TAGS}/${tag}`;
  const stored = await store.readRef(dataset, ref, VersionPointer);
  const before = stored?.value.version ?? null;
  if (before === version) return { tag, version, before };
  if (before !== null && !force) {
    throw new ConflictError(`tag "${tag}" names version ${before.slice(0, 12)} and stays: --force moves it`);
  }
  try {
    await store.writeRef(dataset, ref, { version } satisfies VersionPointer, stored?.etag ?? null);
  } catch (error) {
    if (!(error instanceof RefConflictError)) throw error;
    throw new ConflictError(`somebody else has just set tag "${tag}"`);
  }
  // It may have been garbage until now, and taken away at this moment.
  if (await store.bucket.exists(versionKey(dataset, version))) return { tag, version, before };
  if (before === null) await store.bucket.delete([refKey(dataset, ref)]);
  else await store.updateRef(dataset, ref, VersionPointer, { version }, () => ({ version: before }));
  throw new MissingObjectError(versionKey(dataset, version));
}

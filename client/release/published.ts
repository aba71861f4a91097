import type { ObjectStore } from '../../adapters/object-store.ts';
import type { DatasetName } from '../../core/ids.ts';
import { compareReleases, Release, ReleaseName, ReleasePointer, RELEASES } from '../../core/release.ts';
import { NotFoundError } from '../errors.ts';

export interface PublishedRelease {
  release: Release;
  pointer: ReleasePointer;
  /** The record exactly as it is stored. */
  bytes: Uint8Array;
}

/** The published releases by name, ascending by number. */
export async function publishedReleases(
  store: ObjectStore,
  dataset: DatasetName,
): Promise<Map<ReleaseName, ReleasePointer>> {
  const found: [ReleaseName, ReleasePointer][] = [];
  for (const ref of await store.listRefs(dataset)) {
    const name = ReleaseName.safeParse(ref.slice(RELEASES.length + 1));
    if (!ref.startsWith(`${RELEASES}/`) || !name.success) continue;
    const pointer = await store.readRef(dataset, ref, ReleasePointer);
    if (pointer) found.push([name.data, pointer.value]);
  }
  return new Map(found.sort(([a], [b]) => compareReleases(a, b)));
}

/** A published release, verified by its digest. Throws NotFoundError, MissingObjectError, CorruptObjectError. */
export async function readRelease(
  store: ObjectStore,
  dataset: DatasetName,
  name: ReleaseName,
): Promise<PublishedRelease> {
  const pointer = await store.readRef(dataset, `${RELEASES}/${name}`, ReleasePointer);
  if (!pointer) throw new NotFoundError(`dataset "${dataset}" has no published release "${name}"`);
  const { digest } = pointer.value.release;
  return {
    release: await store.getJson(digest, Release),
    pointer: pointer.value,
    bytes: await store.getObject(digest),
  };
}

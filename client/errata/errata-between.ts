import { ErratumRecords } from '../../adapters/erratum-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { manifestHead, type ManifestHead } from '../../adapters/record-stream.ts';
import type { ErratumNote } from '../../core/erratum.ts';
import type { DatasetName, Digest } from '../../core/ids.ts';

/**
 * The errata that the patches after `before` and up to `after` mend, the oldest first; empty where `after` does not follow `before`.
 * `before` null: all up to `after`. Manifests in between are read only when the dataset has a patch at all.
 */
export async function errataBetween(
  store: ObjectStore,
  dataset: DatasetName,
  before: Digest | null,
  after: Pick<ManifestHead, 'parent' | 'errata'>,
): Promise<ErratumNote[]> {
  const settled = await new ErratumRecords(store, dataset).all();
  if (!settled.some(({ outcome }) => outcome !== null && outcome.version !== null)) return [];
  let found = after.errata ?? [];
  let at = after.parent;
  for (; at !== before && at !== null;) {
    const head = await manifestHead(store, dataset, at);
    found = [...(head.errata ?? []), ...found];
    at = head.parent;
  }
  return at === before ? found : [];
}

import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { hiddenNumbers, refuseHidden } from '../core/hidden-patients.ts';
import type { Digest } from '../core/ids.ts';
import type { Manifest } from '../core/manifest.ts';

/**
 * Throws HiddenPatientError for a version that holds patients who were hidden after it was published: nobody is handed their masks to
 * train with any more.
 */
export async function refuseHiddenIn(store: ObjectStore, version: Digest, manifest: Manifest): Promise<void> {
  const hidden = hiddenNumbers(await new DatasetRecords(store, manifest.dataset).catalog());
  refuseHidden(`version ${version.slice(0, 12)}`, Object.keys(manifest.split), hidden);
}

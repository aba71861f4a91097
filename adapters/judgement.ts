import { hiddenNumbers, refuseHidden } from '../core/hidden-patients.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { assertNoLeak } from '../core/leak.ts';
import type { Manifest } from '../core/manifest.ts';
import type { ModelRecord } from '../core/models.ts';
import { joined, personsOf } from '../core/patient-links.ts';
import { ModelCard } from '../core/trainer-contract.ts';
import { DatasetRecords } from './dataset-records.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * Throws LeakError when a model may not be judged on a version, since it has seen a validation patient, by what is known of linked study
 * numbers now; HiddenPatientError when a patient of the hidden test validates there.
 */
export async function assertJudgeable(
  store: ObjectStore,
  { dataset, version, manifest }: { dataset: DatasetName; version: Digest; manifest: Manifest },
  { card }: Pick<ModelRecord, 'card'>,
): Promise<void> {
  const { patientsSeen } = await store.getJson(card.digest, ModelCard);
  const catalog = await new DatasetRecords(store, dataset).catalog();
  const validation = Object.keys(manifest.split).filter((patient) => manifest.split[patient] === 'validation');
  assertNoLeak(patientsSeen, validation, joined([...(manifest.persons ?? []), ...personsOf(catalog.links ?? [])]));
  refuseHidden(`validation set of version ${version.slice(0, 12)}`, validation, hiddenNumbers(catalog));
}

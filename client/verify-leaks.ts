import { DatasetRecords } from '../adapters/dataset-records.ts';
import { readModelCard } from '../adapters/model-folder.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { seenModels } from '../adapters/seen-models.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { checkLeaks, type KnownModel, type LeakReport } from '../core/leak-check.ts';
import { hiddenNumbers } from '../core/hidden-patients.ts';
import type { Manifest } from '../core/manifest.ts';
import { personsOf } from '../core/patient-links.ts';
import { readFolderVersion } from './verify-version.ts';

/**
 * Checks a stored version against every model that its manifest, the dataset's registry and the given cards know, and against all that
 * is known by now of linked and hidden patients. The serving model counts for the main version, and for others the one that the
 * manifest says served when they were published.
 */
export async function verifyLeaks(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  cards: readonly string[] = [],
): Promise<LeakReport> {
  const records = new DatasetRecords(store, dataset);
  const manifest = await store.getVersion(dataset, version);
  const isMain = (await records.mainVersion()) === version;
  const registered = (await seenModels(records)).map((model): KnownModel => ({
    ...model,
    serves: isMain && model.serves,
    from: 'registry',
  }));
  const catalog = await records.catalog();
  const now = { persons: personsOf(catalog.links ?? []), hidden: hiddenNumbers(catalog) };
  return checkLeaks(version, manifest, [...proven(manifest), ...registered, ...(await given(cards))], now);
}

/** The same for a checkout, without any server: from its `version.json` and the given cards alone. */
export async function verifyFolderLeaks(folder: string, cards: readonly string[] = []): Promise<LeakReport> {
  const { version, manifest } = await readFolderVersion(folder);
  return checkLeaks(version, manifest, [...proven(manifest), ...(await given(cards))]);
}

function proven({ leakProof }: Manifest): KnownModel[] {
  return (leakProof?.models ?? []).map((model) => ({ ...model, from: 'manifest' }));
}

function given(paths: readonly string[]): Promise<KnownModel[]> {
  return Promise.all(
    paths.map(async (path): Promise<KnownModel> => {
      const { onnx, version, parent, patientsSeen } = await readModelCard(path);
      return { model: onnx.digest, version, parent, patientsSeen, serves: false, evaluatedOn: [], from: 'card' };
    }),
  );
}

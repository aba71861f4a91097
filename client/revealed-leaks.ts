import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { manifestHead } from '../adapters/record-stream.ts';
import { seenModels } from '../adapters/seen-models.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { DatasetName, Digest, PatientId } from '../core/ids.ts';
import { checkLeaks, type KnownModel, type LeakFinding } from '../core/leak-check.ts';
import type { Manifest } from '../core/manifest.ts';
import type { LinkedPersons } from '../core/patient-links.ts';

/** What was wrong with a published version all along, and was not known. */
export interface RevealedLeak extends LeakFinding {
  version: Digest;
}

/**
 * What comes to light in the published versions once study numbers are known to be one person: models trained, evaluated or serving on
 * versions where the person validates under another number than they have seen, and versions with the person in both sets. In the
 * order of publishing, by the server's clock. Reads the manifests one after the other.
 */
export async function revealedLeaks(
  store: ObjectStore,
  dataset: DatasetName,
  before: LinkedPersons,
  after: LinkedPersons,
): Promise<RevealedLeak[]> {
  const records = new DatasetRecords(store, dataset);
  const main = await records.mainVersion();
  const models = await seenModels(records);
  const concerned = new Set(after.flat());
  const leaks: RevealedLeak[] = [];
  for (const { digest: version } of await store.listVersions(dataset)) {
    const manifest = await store.getVersion(dataset, version);
    if (!Object.keys(manifest.split).some((patient) => concerned.has(patient))) continue;
    const known = [
      ...(manifest.leakProof?.models ?? []).map((model): KnownModel => ({ ...model, from: 'manifest' })),
      ...models.map((model): KnownModel => ({ ...model, serves: model.serves && version === main, from: 'registry' })),
    ];
    const found = (persons: LinkedPersons) => checkLeaks(version, manifest, known, { persons, hidden: [] }).findings;
    const old = new Set(found(before).map(canonicalJson));
    leaks.push(...found(after).flatMap((each) => (old.has(canonicalJson(each)) ? [] : [{ version, ...each }])));
  }
  return leaks;
}

/** The versions that hold a patient, with its set in each, in the order of publishing by the server's clock. */
export async function versionsWith(
  store: ObjectStore,
  dataset: DatasetName,
  patients: ReadonlySet<PatientId>,
): Promise<{ version: Digest; sets: Manifest['split'] }[]> {
  const found: { version: Digest; sets: Manifest['split'] }[] = [];
  for (const { digest: version } of await store.listVersions(dataset)) {
    const { split } = await manifestHead(store, dataset, version);
    const sets = Object.fromEntries(Object.entries(split).filter(([patient]) => patients.has(patient)));
    if (Object.keys(sets).length > 0) found.push({ version, sets });
  }
  return found;
}

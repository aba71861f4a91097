import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { seenModels } from '../adapters/seen-models.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { FreshSplit } from '../core/fresh-split.ts';
import type { DatasetName, Digest, PatientId } from '../core/ids.ts';
import { compareText } from '../core/mixed-hash.ts';
import { numbersOf, personsOf } from '../core/patient-links.ts';
import { splitCatalog } from '../core/person-split.ts';
import { ConflictError, NotFoundError } from './errors.ts';

export interface FreshReport extends FreshSplit {
  dataset: DatasetName;
  /** As the patients who have a reference today would be drawn; what is annotated until it takes effect is drawn too. */
  train: number;
  validation: number;
  toTrain: PatientId[];
  toValidation: PatientId[];
  /** Models that have seen patients who would validate: they will not be judged on such versions. */
  barred: { model: Digest; serves: boolean; patients: PatientId[] }[];
}

/**
 * Records a re-split from nothing, which takes effect when the next training set is frozen. The same again is harmless. Throws
 * ConflictError while another one waits, NotFoundError for a dataset in which nobody has a set yet.
 */
export async function recordFreshSplit(
  store: ObjectStore,
  dataset: DatasetName,
  fresh: FreshSplit,
): Promise<FreshReport> {
  const records = new DatasetRecords(store, dataset);
  const catalog = await records.updateCatalog((before) => {
    if (Object.keys(before.split).length === 0) {
      throw new NotFoundError(`dataset "${dataset}" has no split yet: the first round draws one`);
    }
    const { nextSplit: waiting } = before;
    if (waiting && canonicalJson(waiting) !== canonicalJson(fresh)) {
      const what = `a re-split with seed ${waiting.seed} waits already ("${waiting.reason}")`;
      throw new ConflictError(
        `${what}: it takes effect in the next version, unless \`spindle split fresh --withdraw\``,
      );
    }
    return { ...before, nextSplit: fresh };
  });
  const { split } = splitCatalog(catalog, { ...fresh, mayRedraw: true });
  const to = (set: string) =>
    Object.keys(split)
      .filter((patient) => split[patient] === set && (catalog.split[patient] ?? set) !== set)
      .sort(compareText);
  const validating = Object.keys(split).filter((patient) => split[patient] === 'validation');
  const persons = personsOf(catalog.links ?? []);
  const barred = (await seenModels(records)).flatMap(({ model, serves, patientsSeen }) => {
    const seen = numbersOf(patientsSeen, persons);
    const patients = validating.filter((patient) => seen.has(patient)).sort(compareText);
    return patients.length > 0 ? [{ model, serves, patients }] : [];
  });
  const { length } = Object.keys(split);
  return {
    dataset,
    ...fresh,
    train: length - validating.length,
    validation: validating.length,
    toTrain: to('train'),
    toValidation: to('validation'),
    barred,
  };
}

/** Takes a re-split back that has not taken effect. Throws NotFoundError when none waits. */
export async function withdrawFreshSplit(store: ObjectStore, dataset: DatasetName): Promise<FreshSplit> {
  let withdrawn: FreshSplit | undefined;
  await new DatasetRecords(store, dataset).updateCatalog(({ nextSplit, ...rest }) => {
    withdrawn = nextSplit;
    return rest;
  });
  if (!withdrawn) throw new NotFoundError(`no re-split of dataset "${dataset}" waits to take effect`);
  return withdrawn;
}

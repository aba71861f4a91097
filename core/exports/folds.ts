import type { SplitSet } from '../catalog.ts';
import type { PatientId, SeriesId } from '../ids.ts';
import { InvalidInputError } from '../invalid-input.ts';
import type { Manifest } from '../manifest.ts';
import { dividedPatients } from '../patient-folds.ts';
import { annotatedPatients } from '../split-patients.ts';

/** One entry of nnU-Net's splits_final.json: series to train on and series to validate on. */
export interface Fold {
  train: SeriesId[];
  val: SeriesId[];
}

/**
 * The folds of a version, by patient.
 *   1. Fold 0 is the version's split.
 *   2. Folds 1 to count − 1 divide the TRAINING patients: each of them validates in exactly one, drawn as the split is (core/split.ts:
 *      stratified by hospital, sex and sequences; the seed decides between equals), and the others train.
 *   3. The version's validation patients are in no other fold: a model of any fold, and an ensemble of all, may be scored on them.
 * With 2 folds there would be nobody left to train in fold 1, so `count` is 1, or 3 or more. Series are in the manifest's order.
 * Throws InvalidInputError, also when there are fewer training patients than folds to divide them into.
 */
export function patientFolds(manifest: Manifest, count: number, seed: number): Fold[] {
  if (!(Number.isInteger(count) && count >= 1 && count !== 2)) {
    throw new InvalidInputError('export', 'folds', '1, or 3 and more', `${count}`);
  }
  const all = manifest.series.map(({ patient }) => patient);
  const inSet = (set: SplitSet) => new Set(all.filter((patient) => manifest.split[patient] === set));
  const [train, validation] = [inSet('train'), inSet('validation')];
  const patients = annotatedPatients(manifest.series.filter(({ patient }) => train.has(patient)));
  const parts = count === 1 ? [] : dividedPatients(patients, count - 1, seed, manifest.persons);
  return [
    { train: seriesOf(manifest, train), val: seriesOf(manifest, validation) },
    ...parts.map((part) => ({
      train: seriesOf(manifest, new Set([...train].filter((patient) => !part.has(patient)))),
      val: seriesOf(manifest, part),
    })),
  ];
}

function seriesOf({ series }: Manifest, patients: ReadonlySet<PatientId>): SeriesId[] {
  return series.filter(({ patient }) => patients.has(patient)).map((entry) => entry.series);
}

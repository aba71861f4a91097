import type { PatientId, SeriesId } from './ids.ts';
import { compareText } from './mixed-hash.ts';
import { dividedPatients } from './patient-folds.ts';
import type { LinkedPersons } from './patient-links.ts';
import { imbalanceOf, type Imbalance } from './split-plan.ts';
import { splitTable, type SplitPatient, type SplitTableRow } from './split.ts';

/** A series and whose it is. */
export interface FoldSeries {
  series: SeriesId;
  patient: PatientId;
}

export interface CrossFold {
  /** Who validates, ascending. */
  patients: PatientId[];
  train: SeriesId[];
  val: SeriesId[];
  table: SplitTableRow[];
  imbalance: Imbalance;
}

/**
 * k folds by patient: every patient validates in exactly one and trains in the others, persons of several study numbers together. Series
 * are in the order given. Throws InvalidInputError for fewer patients than folds.
 */
export function crossValidation(input: {
  patients: readonly SplitPatient[];
  series: readonly FoldSeries[];
  persons: LinkedPersons;
  k: number;
  seed: number;
}): CrossFold[] {
  const { patients, series, persons, k, seed } = input;
  return dividedPatients(patients, k, seed, persons).map((part) => {
    const sets = new Map(
      patients.map(({ patient }) => [patient, part.has(patient) ? ('validation' as const) : ('train' as const)]),
    );
    const table = splitTable(patients, sets);
    const of = (inside: boolean) => series.filter(({ patient }) => part.has(patient) === inside);
    return {
      patients: [...part].sort((a, b) => Number(a) - Number(b) || compareText(a, b)),
      train: of(false).map((entry) => entry.series),
      val: of(true).map((entry) => entry.series),
      table,
      imbalance: imbalanceOf(table),
    };
  });
}

import type { SplitSet } from './catalog.ts';
import type { PatientId } from './ids.ts';
import { resplit, splitTable, type SplitPatient, type SplitTableRow } from './split.ts';

/**
 * How unlike all patients the validation patients are, in one grouping: half the sum, over its values, of how far the share of the
 * value among them is from its share among all; 0 (alike) to 1. It is the share of validation patients that would have to be
 * exchanged for others to make it 0, and can't be 0 when shares of whole patients don't come out even.
 */
export interface Imbalance {
  hospital: number;
  sex: number;
  sequences: number;
  /** The mean of the three. */
  overall: number;
}

export interface SplitPlan {
  patients: number;
  /** Who is drawn for what, by patient. */
  split: Record<PatientId, SplitSet>;
  table: SplitTableRow[];
  imbalance: Imbalance;
  /** The same for the split that the cohort came with; null when it names no set for somebody. */
  published: { table: SplitTableRow[]; imbalance: Imbalance } | null;
}

/** Draws a split from nothing, as a first round would, and sets it beside the one that the cohort was published with. */
export function planSplit(input: {
  patients: readonly SplitPatient[];
  published: ReadonlyMap<PatientId, SplitSet>;
  validationShare: number;
  seed: number;
}): SplitPlan {
  const { patients, published, validationShare, seed } = input;
  const { split, table } = resplit({ patients, previous: {}, validationShare, seed });
  const complete = patients.length > 0 && patients.every(({ patient }) => published.has(patient));
  const other = complete ? splitTable(patients, published) : null;
  return {
    patients: patients.length,
    split,
    table,
    imbalance: imbalanceOf(table),
    published: other && { table: other, imbalance: imbalanceOf(other) },
  };
}

/** The imbalance of a table of `splitTable`; 0 everywhere when nobody validates. */
export function imbalanceOf(table: readonly SplitTableRow[]): Imbalance {
  const of = (group: SplitTableRow['group']): number => {
    const rows = table.filter((row) => row.group === group);
    const validation = sum(rows.map((row) => row.validation));
    const all = sum(rows.map((row) => row.train)) + validation;
    if (validation === 0) return 0;
    const off = rows.map((row) => Math.abs(row.validation / validation - (row.train + row.validation) / all));
    return sum(off) / 2;
  };
  const [hospital, sex, sequences] = [of('hospital'), of('sex'), of('sequences')];
  return { hospital, sex, sequences, overall: (hospital + sex + sequences) / 3 };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

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
  /** The two side by side; null without a published split. */
  comparison: SplitComparison | null;
}

export type Verdict = 'better' | 'as good' | 'worse';

/** A row of the table: how many validation patients are due by its share of all, and how far each split is from that. */
export interface ComparedRow {
  group: SplitTableRow['group'];
  value: string;
  due: number;
  off: number;
  publishedOff: number;
  verdict: Verdict;
}

export interface SplitComparison {
  rows: ComparedRow[];
  /** This split's imbalance against the published one's. */
  verdicts: Record<keyof Imbalance, Verdict>;
  /** No grouping is less balanced than in the published split. */
  noWorse: boolean;
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
  const [own, theirs] = [
    { table, imbalance: imbalanceOf(table) },
    other && { table: other, imbalance: imbalanceOf(other) },
  ];
  const comparison = theirs && compareSplits(own, theirs);
  return { patients: patients.length, split, ...own, published: theirs, comparison };
}

type Tabled = Pick<SplitPlan, 'table' | 'imbalance'>;

/**
 * Sets a split beside another of the same patients. What is due in a row is its patients times the validation share of all; each split
 * is held to the share it has itself, so that another number of validation patients is no fault.
 */
export function compareSplits(own: Tabled, other: Tabled): SplitComparison {
  const rowsOf = ({ table }: Tabled) => new Map(table.map((row) => [`${row.group} ${row.value}`, row]));
  const off = (row: SplitTableRow, all: SplitTableRow) => Math.abs(row.validation - dueIn(row, all));
  const [ownRows, otherRows] = [rowsOf(own), rowsOf(other)];
  const [all, otherAll] = [ownRows.get('all patients')!, otherRows.get('all patients')!];
  const rows = own.table.map((row): ComparedRow => {
    const [ownOff, publishedOff] = [off(row, all), off(otherRows.get(`${row.group} ${row.value}`)!, otherAll)];
    const { group, value } = row;
    return { group, value, due: dueIn(row, all), off: ownOff, publishedOff, verdict: verdictOf(ownOff, publishedOff) };
  });
  const of = (key: keyof Imbalance) => verdictOf(own.imbalance[key], other.imbalance[key]);
  const verdicts = { hospital: of('hospital'), sex: of('sex'), sequences: of('sequences'), overall: of('overall') };
  return { rows, verdicts, noWorse: Object.values(verdicts).every((verdict) => verdict !== 'worse') };
}

function dueIn(row: SplitTableRow, all: SplitTableRow): number {
  return ((row.train + row.validation) * all.validation) / (all.train + all.validation);
}

function verdictOf(own: number, other: number): Verdict {
  if (Math.abs(own - other) < 1e-9) return 'as good';
  return own < other ? 'better' : 'worse';
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

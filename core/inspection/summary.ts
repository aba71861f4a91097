import type { Sex, SplitSet } from '../catalog.ts';
import type { Hospital, SeriesId, Sequence } from '../ids.ts';
import { compareText } from '../mixed-hash.ts';
import { groupBy, type CohortRow } from './rows.ts';

/** Least and most, in mm. */
export interface Range {
  least: number;
  most: number;
}

export interface SequenceSummary {
  series: number;
  /** Between slices, and within a slice (rows and columns alike); null when no series says. */
  sliceMm: Range | null;
  inPlaneMm: Range | null;
}

/** A row of the paper's Table 1: one hospital, or "all" of them. */
export interface HospitalSummary {
  hospital: Hospital;
  studies: number;
  series: number;
  sequences: Record<Sequence, SequenceSummary>;
  /** Patients. */
  sex: Record<Sex, number>;
}

/** A row of the paper's Table 2: one set, or both. A series has one canal. */
export interface SetSummary {
  set: SplitSet | 'none' | 'all';
  patients: number;
  series: number;
  sequences: Record<Sequence, number>;
  vertebrae: number;
  discs: number;
  canals: number;
}

export interface Spacing {
  sliceMm: number | null;
  inPlaneMm: readonly [number, number] | null;
}

const SEQUENCES: readonly Sequence[] = ['t1', 't2', 't2_SPACE'];

/**
 * Table 1. `spacingOf` says what is known of a series' voxels; the hospital is that of `hospitalOf` (core/overview.ts). Hospitals by
 * number of series, the largest first, then all.
 */
export function hospitalTable(
  rows: readonly CohortRow[],
  spacingOf: (series: SeriesId) => Spacing | undefined,
): HospitalSummary[] {
  const hospitals = [...groupBy(rows, ({ hospital }) => hospital)];
  hospitals.sort(([a, x], [b, y]) => y.length - x.length || compareText(a, b));
  return [...hospitals, ['all', rows] as const].map(([hospital, own]) => ({
    hospital,
    studies: studiesOf(own),
    series: own.length,
    sequences: bySequence((sequence) => {
      const spacings = own.filter((row) => row.sequence === sequence).map(({ series }) => spacingOf(series));
      return {
        series: spacings.length,
        sliceMm: rangeOf(spacings.flatMap((spacing) => spacing?.sliceMm ?? [])),
        inPlaneMm: rangeOf(spacings.flatMap((spacing) => spacing?.inPlaneMm ?? [])),
      };
    }),
    sex: patientsBySex(own),
  }));
}

/** Table 2. */
export function setTable(rows: readonly CohortRow[]): SetSummary[] {
  const sets = (['train', 'validation', 'none'] as const).map((set): SetRows => {
    return { set, own: rows.filter((row) => (row.set ?? 'none') === set) };
  });
  const present = sets.filter(({ set, own }) => set !== 'none' || own.length > 0);
  const all: SetRows = { set: 'all', own: rows };
  return [...present, all].map(({ set, own }) => ({
    set,
    patients: studiesOf(own),
    series: own.length,
    sequences: bySequence((sequence) => own.filter((row) => row.sequence === sequence).length),
    vertebrae: own.reduce((sum, { vertebrae }) => sum + (vertebrae ?? 0), 0),
    discs: own.reduce((sum, { discs }) => sum + (discs ?? 0), 0),
    canals: own.length,
  }));
}

interface SetRows {
  set: SetSummary['set'];
  own: readonly CohortRow[];
}

function studiesOf(rows: readonly CohortRow[]): number {
  return new Set(rows.map(({ study }) => study)).size;
}

function patientsBySex(rows: readonly CohortRow[]): Record<Sex, number> {
  const counts: Record<Sex, number> = { F: 0, M: 0, O: 0, unknown: 0 };
  for (const study of groupBy(rows, ({ study: id }) => id).values()) counts[study[0]!.sex]++;
  return counts;
}

function bySequence<T>(of: (sequence: Sequence) => T): Record<Sequence, T> {
  return Object.fromEntries(SEQUENCES.map((sequence) => [sequence, of(sequence)])) as Record<Sequence, T>;
}

function rangeOf(values: readonly number[]): Range | null {
  // By reduce: the values of a large cohort are too many for an argument list.
  if (values.length === 0) return null;
  return values.reduce(({ least, most }, value) => ({ least: Math.min(least, value), most: Math.max(most, value) }), {
    least: Infinity,
    most: -Infinity,
  });
}

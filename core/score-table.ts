import { z } from 'zod';
import { bootstrapInterval, Interval } from './bootstrap.ts';
import { STRUCTURE_CLASSES } from './labels.ts';
import { valueOf, type Measure } from './measure.ts';
import { compareText, mixedHash } from './mixed-hash.ts';
import { Protocol, type ProtocolRow } from './protocol.ts';

export const ALL = 'all' as const;

/**
 * A mean over structures, their standard deviation (of a sample: n − 1; null for one structure), and the 95 % interval of the mean over
 * patients (null for fewer than two).
 */
export const Estimate = z.discriminatedUnion('defined', [
  z.object({ defined: z.literal(true), mean: z.number(), sd: z.number().nullable(), interval: Interval.nullable() }),
  z.object({ defined: z.literal(false), reason: z.string() }),
]);
export type Estimate = z.infer<typeof Estimate>;

/** One cell of the paper's tables: a structure class, sequence and hospital, each of which may be `all`. */
export const ScoreCell = z.object({
  protocol: Protocol,
  structure: z.enum([...STRUCTURE_CLASSES, ALL]),
  sequence: z.string(),
  hospital: z.string(),
  patients: z.int().nonnegative(),
  series: z.int().nonnegative(),
  found: z.int().nonnegative(),
  missed: z.int().nonnegative(),
  /** Predicted structures that answer to none; 0 in the `spider` protocol, which doesn't count them. */
  extra: z.int().nonnegative(),
  dice: Estimate,
  asdMm: Estimate,
  hd95Mm: Estimate,
  surfaceDice: Estimate,
});
export type ScoreCell = z.infer<typeof ScoreCell>;

/** The rows of a series by one protocol, and whose it is. */
export interface ScoredSeries {
  series: string;
  patient: string;
  sequence: string;
  hospital: string;
  rows: readonly ProtocolRow[];
}

/**
 * The means by structure × sequence × hospital, with `all` beside each: Table 3 of the paper is hospital `all`, and its
 * breakdown by hospital is sequence `all`. Means are over structures, as in the paper, not over patients; intervals are over
 * patients. Cells without any structure are left out. Ordered by structure, sequence, hospital, `all` last.
 */
export function scoreTable(protocol: Protocol, scored: readonly ScoredSeries[], seed: number): ScoreCell[] {
  const sequences = withAll(scored.map(({ sequence }) => sequence));
  const hospitals = withAll(scored.map(({ hospital }) => hospital));
  return ([...STRUCTURE_CLASSES, ALL] as const).flatMap((structure) =>
    sequences.flatMap((sequence) =>
      hospitals.flatMap((hospital) => {
        const own = scored
          .filter((each) => sequence === ALL || each.sequence === sequence)
          .filter((each) => hospital === ALL || each.hospital === hospital)
          .map((each) => ({ ...each, rows: each.rows.filter((row) => structure === ALL || row.class === structure) }))
          .filter(({ rows }) => rows.length > 0);
        return own.length === 0 ? [] : [cell(protocol, structure, sequence, hospital, own, seed)];
      }),
    ),
  );
}

function cell(
  protocol: Protocol,
  structure: ScoreCell['structure'],
  sequence: string,
  hospital: string,
  own: readonly ScoredSeries[],
  seed: number,
): ScoreCell {
  const rows = own.flatMap((each) => each.rows);
  const count = (outcome: ProtocolRow['outcome']): number => rows.filter((row) => row.outcome === outcome).length;
  // Cells draw by themselves, so that adding one doesn't change another; protocols and measures of a cell draw the same
  // patients, so that they compare.
  const cellSeed = (mixedHash([structure, sequence, hospital].join(' ')) ^ seed) >>> 0;
  const estimateOf = (value: (row: ProtocolRow) => number | undefined): Estimate => estimate(own, value, cellSeed);
  const measure = (name: 'asdMm' | 'hd95Mm' | 'surfaceDice') =>
    estimateOf((row) => valueOf(row[name] satisfies Measure));
  return {
    protocol,
    structure,
    sequence,
    hospital,
    patients: new Set(own.map(({ patient }) => patient)).size,
    series: own.length,
    found: count('found'),
    missed: count('missed'),
    extra: count('extra'),
    dice: estimateOf(({ dice }) => dice),
    asdMm: measure('asdMm'),
    hd95Mm: measure('hd95Mm'),
    surfaceDice: measure('surfaceDice'),
  };
}

function estimate(
  scored: readonly ScoredSeries[],
  value: (row: ProtocolRow) => number | undefined,
  seed: number,
): Estimate {
  const patients = new Map<string, { sum: number; count: number }>();
  for (const { patient, rows } of scored) {
    const own = patients.get(patient) ?? { sum: 0, count: 0 };
    for (const row of rows) {
      const number = value(row);
      if (number === undefined) continue;
      own.sum += number;
      own.count++;
    }
    patients.set(patient, own);
  }
  const sums = [...patients.values()];
  const count = sums.reduce((total, own) => total + own.count, 0);
  if (count === 0) return { defined: false, reason: 'no structure was found' };
  const mean = sums.reduce((total, own) => total + own.sum, 0) / count;
  const squares = scored
    .flatMap(({ rows }) => rows.flatMap((row) => value(row) ?? []))
    .reduce((total, each) => total + (each - mean) ** 2, 0);
  const sd = count < 2 ? null : Math.sqrt(squares / (count - 1));
  return { defined: true, mean, sd, interval: bootstrapInterval(sums, { seed }) };
}

function withAll(names: readonly string[]): string[] {
  return [...[...new Set(names)].sort(compareText), ALL];
}

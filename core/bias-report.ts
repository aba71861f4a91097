import { z } from 'zod';
import type { BiasControl, ToleranceMm } from './bias.ts';
import { bootstrapInterval, Interval } from './bootstrap.ts';
import { DatasetName } from './ids.ts';
import { STRUCTURE_CLASSES } from './labels.ts';
import { Measure, measured, unmeasured } from './measure.ts';
import { normalBelow, studentQuantile } from './quantiles.ts';

/** How far corrected references lean towards the model; 0: not at all, 1: they are the model's proposals. docs/bias.md. */
export const Lean = z.object({
  lean: Measure,
  /** A bootstrap interval at 95 %, drawing whole patients; null for fewer than two. */
  interval: Interval.nullable(),
});
export type Lean = z.infer<typeof Lean>;

export const ClassBias = z.object({
  class: z.enum([...STRUCTURE_CLASSES, 'all']),
  patients: z.int().nonnegative(),
  series: z.int().nonnegative(),
  /** What blinded drawings departed from the proposals, altogether. */
  blindedMm3: z.number().nonnegative(),
  /** Counting every voxel. */
  everywhere: Lean,
  /** Counting voxels beyond `toleranceMm` of the proposal's border only: gross errors. */
  beyond: Lean,
});
export type ClassBias = z.infer<typeof ClassBias>;

export const BiasReport = z.object({
  schema: z.literal('spindle.bias/1'),
  dataset: DatasetName,
  /** Null: all rounds. */
  round: z.int().nonnegative().nullable(),
  toleranceMm: z.number().nonnegative(),
  confidence: z.literal(0.95),
  /** Series that were both corrected and drawn blind. */
  controls: z.int().nonnegative(),
  patients: z.int().nonnegative(),
  classes: z.array(ClassBias),
});
export type BiasReport = z.infer<typeof BiasReport>;

export interface BiasChoice {
  dataset: DatasetName;
  /** Controls of this round only; all by default. */
  round?: number;
  /** 1 by default. */
  toleranceMm?: ToleranceMm;
  /** Of the bootstrap; 1 by default. */
  seed?: number;
}

/**
 * Estimates the lean from a dataset's blinded controls:
 *   lean = 1 − Σ |correction △ proposal| / Σ |blinded drawing △ proposal|
 * over all controls, per class and over all. A reviewer who leaves a share β of what a blinded reader would change, and does the rest as
 * a blinded reader would, gives β; the noise of the two hands is in both sums and cancels. Negative values are those of chance, or of
 * reviewers who change more than they would drawing from nothing. The interval is the percentile bootstrap's, its percentiles set
 * further out as Student's t asks for (Hesterberg 2015, "expanded percentile"), since controls are few.
 */
export function biasReport(controls: readonly BiasControl[], choice: BiasChoice): BiasReport {
  const { dataset, round, toleranceMm = 1, seed = 1 } = choice;
  const chosen = controls.filter((control) => round === undefined || control.round === round);
  const classes = ([...STRUCTURE_CLASSES, 'all'] as const).map((name): ClassBias => {
    const sums = sumsOf(chosen, name, 0);
    const counted = sums.filter(({ blindedMm3 }) => blindedMm3 > 0);
    return {
      class: name,
      patients: new Set(counted.map(({ patient }) => patient)).size,
      series: counted.length,
      blindedMm3: total(sums, 'blindedMm3'),
      everywhere: leanOf(sums, seed),
      beyond: leanOf(sumsOf(chosen, name, toleranceMm), seed),
    };
  });
  return {
    schema: 'spindle.bias/1',
    dataset,
    round: round ?? null,
    toleranceMm,
    confidence: 0.95,
    controls: chosen.length,
    patients: new Set(chosen.map(({ patient }) => patient)).size,
    classes,
  };
}

/** Whether a dataset has anything to say about bias: what a release may ask for. */
export function hasEstimate({ classes }: BiasReport): boolean {
  return classes.some((each) => each.class === 'all' && each.everywhere.lean.defined);
}

interface Sums {
  patient: string;
  correctedMm3: number;
  blindedMm3: number;
}

function sumsOf(controls: readonly BiasControl[], name: ClassBias['class'], toleranceMm: ToleranceMm): Sums[] {
  return controls.map(({ patient, departures }) => {
    const own = departures.filter(
      (each) => each.toleranceMm === toleranceMm && (name === 'all' || each.class === name),
    );
    return {
      patient,
      correctedMm3: own.reduce((sum, { correctedMm3 }) => sum + correctedMm3, 0),
      blindedMm3: own.reduce((sum, { blindedMm3 }) => sum + blindedMm3, 0),
    };
  });
}

function leanOf(sums: readonly Sums[], seed: number): Lean {
  const blinded = total(sums, 'blindedMm3');
  if (blinded === 0) {
    const why = sums.length === 0 ? 'no blinded controls' : 'no blinded drawing departs from its proposal so far';
    return { lean: unmeasured(why), interval: null };
  }
  const byPatient = new Map<string, { sum: number; count: number }>();
  for (const { patient, correctedMm3, blindedMm3 } of sums) {
    const before = byPatient.get(patient) ?? { sum: 0, count: 0 };
    byPatient.set(patient, {
      sum: before.sum + blindedMm3 - correctedMm3,
      count: before.count + blindedMm3,
    });
  }
  const patients = [...byPatient.values()];
  const counted = patients.filter(({ count }) => count > 0).length;
  return {
    lean: measured(1 - total(sums, 'correctedMm3') / blinded),
    interval: bootstrapInterval(patients, { seed, confidence: counted < 2 ? 0.95 : expanded(counted) }),
  };
}

/** The confidence at which a percentile interval of n clusters is as wide as Student's t would have it at 95 %. */
function expanded(n: number): number {
  return 1 - 2 * normalBelow(-Math.sqrt(n / (n - 1)) * studentQuantile(0.975, n - 1));
}

function total(sums: readonly Sums[], field: 'correctedMm3' | 'blindedMm3'): number {
  return sums.reduce((sum, each) => sum + each[field], 0);
}

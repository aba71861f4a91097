import { bootstrapInterval, type Interval } from './bootstrap.ts';
import type { Digest, PatientId } from './ids.ts';
import { InvalidInputError } from './invalid-input.ts';
import { STRUCTURE_CLASSES, type StructureClass } from './labels.ts';
import { countedDice, type StructureScore } from './scores.ts';
import type { TrainingChoice } from './models.ts';

/**
 * Whether a model that was trained again is as good as the recorded one. Trained weights are never the same to the last bit on another
 * machine, so they are compared by what they do: both models segment the same validation patients, and their scores are paired structure
 * by structure. Of each class's Dice and surface distance the mean difference (again minus recorded) gets a 90 % bootstrap interval over
 * patients, and is held against a margin m as two one-sided tests at 5 % do: an interval within -m to m is `equivalent`, one that lies
 * wholly beyond m or below -m is `different`, and any other `undecided`.
 */
export const MARGINS = { dice: 0.02, asdMm: 0.2 } as const;
export interface Margins {
  dice: number;
  asdMm: number;
}

/**
 * With fewer nothing is decided. All of n paired differences lie on one side of their true median by chance in 2·2⁻ⁿ of all cases, and
 * then no resample reaches it: a percentile interval of 90 % takes five.
 */
export const FEWEST_PATIENTS = 5;
const CONFIDENCE = 0.9;
const SEED = 1;

export const MEASURES = ['dice', 'asdMm'] as const;
export type RetrainingMeasure = (typeof MEASURES)[number];

/** The recorded training of a model: all that decides what comes out. */
export interface RecordedTraining {
  model: Digest;
  version: Digest;
  round: number;
  /** The budget is the steps that the recorded training took. */
  policy: TrainingChoice;
  /** The model that it started from; null: from nothing. */
  parent: Digest | null;
}

/** A training of the lineage; `refused` says why it can't be run again. */
export type TrainingToRepeat = { model: Digest } & (
  { training: RecordedTraining; refused: null } | { training: null; refused: string }
);

/** One patient's structures of a class under both models: the sums of a measure. */
export interface PairedSum {
  patient: PatientId;
  class: StructureClass;
  measure: RetrainingMeasure;
  recorded: number;
  again: number;
  count: number;
}

export const RETRAINING_VERDICTS = ['byte-equal', 'equivalent', 'different', 'undecided', 'impossible'] as const;
export type RetrainingVerdict = (typeof RETRAINING_VERDICTS)[number];

export interface MeasureComparison {
  class: StructureClass;
  measure: RetrainingMeasure;
  patients: number;
  structures: number;
  /** Means over structures. */
  recorded: number;
  again: number;
  difference: number;
  /** Of the difference; null for fewer than two patients. */
  interval: Interval | null;
  margin: number;
  verdict: Extract<RetrainingVerdict, 'equivalent' | 'different' | 'undecided'>;
}

export interface Retraining {
  model: Digest;
  /** The model that training gave now; it is not registered. Null when there is none. */
  again: Digest | null;
  verdict: RetrainingVerdict;
  /** Why it is not byte-equal or equivalent; null when it is. */
  detail: string | null;
  comparisons: MeasureComparison[];
}

/**
 * The paired sums of some series, by patient, class and measure. A miss counts as Dice 0; a surface distance counts where both models have
 * one. Throws InvalidInputError when the two weren't scored against the same structures.
 */
export function pairedSums(
  series: readonly {
    series: string;
    patient: PatientId;
    recorded: readonly StructureScore[];
    again: readonly StructureScore[];
  }[],
): PairedSum[] {
  const sums: PairedSum[] = [];
  for (const { series: name, patient, recorded, again } of series) {
    const labels = recorded.map(({ label }) => label).join(', ');
    const others = again.map(({ label }) => label).join(', ');
    if (labels !== others) throw new InvalidInputError(name, 'structures scored', labels, others);
    recorded.forEach((before, at) => {
      const after = again[at]!;
      const one = { patient, class: before.class, count: 1 };
      sums.push({ ...one, measure: 'dice', recorded: countedDice(before), again: countedDice(after) });
      if (!before.asdMm.defined || !after.asdMm.defined) return;
      sums.push({ ...one, measure: 'asdMm', recorded: before.asdMm.value, again: after.asdMm.value });
    });
  }
  return joinedSums(sums);
}

/** One sum for each patient, class and measure, in the order of their first. */
export function joinedSums(sums: readonly PairedSum[]): PairedSum[] {
  const joined = new Map<string, PairedSum>();
  for (const sum of sums) {
    const key = `${sum.patient} ${sum.class} ${sum.measure}`;
    const before = joined.get(key) ?? { ...sum, recorded: 0, again: 0, count: 0 };
    joined.set(key, {
      ...before,
      recorded: before.recorded + sum.recorded,
      again: before.again + sum.again,
      count: before.count + sum.count,
    });
  }
  return [...joined.values()];
}

/** Judges a model trained again. `sums` of both on the same patients; without any nothing is decided. */
export function compareRetrained(
  models: { model: Digest; again: Digest },
  sums: readonly PairedSum[],
  margins: Margins,
): Retraining {
  if (models.model === models.again) return { ...models, verdict: 'byte-equal', detail: null, comparisons: [] };
  const comparisons = STRUCTURE_CLASSES.flatMap((structure) =>
    MEASURES.flatMap((measure) => {
      const own = sums.filter((sum) => sum.class === structure && sum.measure === measure);
      return own.length === 0 ? [] : [comparisonOf(structure, measure, joinedSums(own), margins[measure])];
    }),
  );
  return { ...models, ...judgedBy(comparisons), comparisons };
}

export function impossibleRetraining(model: Digest, detail: string, again: Digest | null = null): Retraining {
  return { model, again, verdict: 'impossible', detail, comparisons: [] };
}

function comparisonOf(
  structure: StructureClass,
  measure: RetrainingMeasure,
  patients: readonly PairedSum[],
  margin: number,
): MeasureComparison {
  const structures = patients.reduce((sum, { count }) => sum + count, 0);
  const meanOf = (value: (sum: PairedSum) => number) =>
    patients.reduce((sum, patient) => sum + value(patient), 0) / structures;
  const differences = patients.map(({ recorded, again, count }) => ({ sum: again - recorded, count }));
  const interval = bootstrapInterval(differences, { confidence: CONFIDENCE, seed: SEED });
  return {
    class: structure,
    measure,
    patients: patients.length,
    structures,
    recorded: meanOf(({ recorded }) => recorded),
    again: meanOf(({ again }) => again),
    difference: meanOf(({ recorded, again }) => again - recorded),
    interval,
    margin,
    verdict: patients.length < FEWEST_PATIENTS ? 'undecided' : verdictOn(interval, margin),
  };
}

function verdictOn(interval: Interval | null, margin: number): MeasureComparison['verdict'] {
  if (interval === null) return 'undecided';
  if (interval.low > margin || interval.high < -margin) return 'different';
  return interval.low >= -margin && interval.high <= margin ? 'equivalent' : 'undecided';
}

function judgedBy(comparisons: readonly MeasureComparison[]): Pick<Retraining, 'verdict' | 'detail'> {
  const by = (verdict: MeasureComparison['verdict']) => comparisons.filter((each) => each.verdict === verdict);
  const different = by('different');
  if (different.length > 0) return { verdict: 'different', detail: `beyond the margin: ${named(different)}` };
  const undecided = by('undecided');
  if (comparisons.length > 0 && undecided.length === 0) return { verdict: 'equivalent', detail: null };
  const patients = Math.max(0, ...comparisons.map((each) => each.patients));
  if (patients < FEWEST_PATIENTS) {
    const detail = `too few patients: it takes ${FEWEST_PATIENTS} that validate, and there are ${patients}`;
    return { verdict: 'undecided', detail };
  }
  return { verdict: 'undecided', detail: `too few patients for so small a margin: ${named(undecided)}` };
}

const NAME = { dice: 'Dice', asdMm: 'surface distance' } as const;

function named(comparisons: readonly MeasureComparison[]): string {
  return comparisons.map((each) => `${each.class} ${NAME[each.measure]}`).join(', ');
}

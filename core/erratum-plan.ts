import type { Reference, StoredVolume } from './catalog.ts';
import type { ErratumNote } from './erratum.ts';
import { labelName, type StructureClass } from './labels.ts';
import type { GateResult } from './gate-result.ts';
import type { SeriesId, TaskId } from './ids.ts';
import type { ReviewOutcome } from './review.ts';

/** A review task for the errata of a series: what is shown, and what is said to be wrong with it. */
export interface ErratumPlan {
  task: TaskId;
  series: SeriesId;
  /** The last round that is over: what a corrected reference is dated by. */
  round: number;
  image: StoredVolume;
  /** The reference as it is: the proposal of the task. */
  reference: Reference;
  errata: ErratumNote[];
}

/** What a review of a reference came to. */
export type ErratumOutcome =
  | { outcome: 'fixed'; reference: Reference }
  | { outcome: 'unfounded'; reference: Reference }
  | { outcome: 'excluded'; reason: string };

/** What a reviewer is told, in the place where gates tell theirs. */
export function erratumHint({ id, label, text }: ErratumNote): GateResult {
  return {
    gate: `erratum ${id}`,
    severity: 'flag',
    passed: false,
    measured: text,
    expected: label === null ? 'a mask without this error' : `${labelName(label)} (${label}) without this error`,
    labels: label === null ? [] : [label],
  };
}

/**
 * What the answer to a review of a reference means. A mask that is voxel for voxel the reference says that nothing is wrong with it.
 * A correction keeps of the reference what the verdict answers for: its classes are those annotated before, and any that were added.
 */
export function erratumOutcome(plan: ErratumPlan, outcome: ReviewOutcome): ErratumOutcome {
  if (outcome.outcome === 'excluded') return { outcome: 'excluded', reason: outcome.reason };
  const { reference: before } = plan;
  const { reference } = outcome;
  if (reference.mask.voxelDigest === before.mask.voxelDigest)
    return { outcome: 'unfounded', reference: { ...before, reviewer: reference.reviewer } };
  const added = reference.annotatedClasses.filter((each) => hasClass(reference.labels, each));
  const classes = (['vertebra', 'disc', 'canal'] as const).filter(
    (each) => before.annotatedClasses.includes(each) || added.includes(each),
  );
  return {
    outcome: 'fixed',
    reference: {
      ...reference,
      origin: 'corrected',
      base: 'reference',
      baseDigest: before.mask.digest,
      modelDigest: null,
      round: plan.round,
      annotatedClasses: classes,
    },
  };
}

function hasClass(labels: readonly number[], own: StructureClass): boolean {
  const [first, last] = { vertebra: [1, 25], disc: [201, 225], canal: [100, 100] }[own] as [number, number];
  return labels.some((label) => label >= first && label <= last);
}

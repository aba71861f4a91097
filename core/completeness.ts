import { z } from 'zod';
import { DETECTED_DICE } from './scores.ts';
import type { StructurePairs } from './structure-pairs.ts';

/**
 * How well a prediction tells whether a vertebra is completely in view. Only vertebrae that were found are counted. To be
 * complete is the positive finding, as in the paper: a false positive is an incomplete vertebra that was called complete, a
 * false negative a complete one that was labelled 101–125.
 */
export const CompletenessCounts = z.object({
  truePositives: z.int().nonnegative(),
  falsePositives: z.int().nonnegative(),
  trueNegatives: z.int().nonnegative(),
  falseNegatives: z.int().nonnegative(),
});
export type CompletenessCounts = z.infer<typeof CompletenessCounts>;

export const NO_VERTEBRAE: CompletenessCounts = {
  truePositives: 0,
  falsePositives: 0,
  trueNegatives: 0,
  falseNegatives: 0,
};

/**
 * Counts the reference's vertebrae by whether they are on its list of incomplete ones (1–25) and by whether most voxels of the
 * predicted vertebra that overlaps them most are labelled 101–125.
 */
export function classifyCompleteness(pairs: StructurePairs, incomplete: readonly number[]): CompletenessCounts {
  const counts = { ...NO_VERTEBRAE };
  for (const structure of pairs.references) {
    if (structure.class !== 'vertebra') continue;
    const matched = pairs.largestOverlap(structure.label);
    if (matched === null || pairs.dice(structure, matched) < DETECTED_DICE) continue;
    const calledComplete = !pairs.isPartial(matched);
    if (incomplete.includes(structure.label)) counts[calledComplete ? 'falsePositives' : 'trueNegatives']++;
    else counts[calledComplete ? 'truePositives' : 'falseNegatives']++;
  }
  return counts;
}

export function addCompleteness(a: CompletenessCounts, b: CompletenessCounts): CompletenessCounts {
  return {
    truePositives: a.truePositives + b.truePositives,
    falsePositives: a.falsePositives + b.falsePositives,
    trueNegatives: a.trueNegatives + b.trueNegatives,
    falseNegatives: a.falseNegatives + b.falseNegatives,
  };
}

import { z } from 'zod';
import { InvalidInputError } from './invalid-input.ts';
import { completeLabel, STRUCTURE_CLASSES, type StructureClass } from './labels.ts';
import type { ClassScore, Scores } from './loop.ts';
import { Measure, unmeasured } from './measure.ts';
import { StructurePairs } from './structure-pairs.ts';
import { averageDistance, type SurfaceDefinition } from './surface-distance.ts';
import { occupiedRuns } from './occupied-runs.ts';
import type { Mask } from './volume.ts';

/** A structure counts as found from this Dice on, as in SPIDER's challenge evaluation. */
export const DETECTED_DICE = 0.1;

/** How well one structure of the reference was found. */
export const StructureScore = z.object({
  /** The reference's label, 101–125 as 1–25. */
  label: z.int(),
  class: z.enum(STRUCTURE_CLASSES),
  /** The predicted label it was matched with; null when no predicted voxel overlaps it. */
  matched: z.int().nullable(),
  dice: z.number().min(0).max(1),
  asdMm: Measure,
  /** Dice of at least 0.1. */
  detected: z.boolean(),
  referenceVoxels: z.int().nonnegative(),
  /** Voxels of the matched label; 0 without one. */
  predictionVoxels: z.int().nonnegative(),
});
export type StructureScore = z.infer<typeof StructureScore>;

export interface CompareOptions {
  /** Compares only reference structures of these classes; all by default. */
  classes?: readonly StructureClass[];
  surface?: SurfaceDefinition;
}

/** What a miss has instead of a surface distance. */
export const MISSED = unmeasured(`missed: Dice below ${DETECTED_DICE}`);

/**
 * Scores every structure of the reference by SPIDER's protocol, ascending by label. Each takes the predicted label with the
 * largest overlap (the smaller label on a tie), whatever its class; not one-to-one, and extra predictions cost nothing.
 * 101–125 count as 1–25 on both sides. A miss (Dice below 0.1) has no surface distance. Reference labels outside SPIDER's
 * convention are left out. An empty reference gives an empty list.
 * Throws InvalidInputError when the grids differ or a label is not in 0–255.
 */
export function compareMasks(reference: Mask, prediction: Mask, options: CompareOptions = {}): StructureScore[] {
  return spiderScores(new StructurePairs(reference, prediction), options);
}

/** The same on pairs that are at hand. */
export function spiderScores(pairs: StructurePairs, options: CompareOptions = {}): StructureScore[] {
  const wanted = pairs.references.filter(({ class: own }) => !options.classes || options.classes.includes(own));
  return wanted.map((structure) => {
    const matched = pairs.largestOverlap(structure.label);
    const dice = matched === null ? 0 : pairs.dice(structure, matched);
    const detected = dice >= DETECTED_DICE;
    const asdMm =
      detected && matched !== null
        ? averageDistance(pairs.surface(structure, matched, options.surface ?? 'authors'))
        : MISSED;
    return {
      label: structure.label,
      class: structure.class,
      matched,
      dice,
      asdMm,
      detected,
      referenceVoxels: structure.voxels,
      predictionVoxels: matched === null ? 0 : pairs.voxelsOf(matched),
    };
  });
}

/**
 * Means over structures, per class and over all: a miss counts as Dice 0, and the surface distance is averaged over the
 * structures found. Takes the scores of one series or of many put together. A class without structures has null means.
 */
export function summarise(scores: readonly StructureScore[]): Scores {
  const of = (structure: StructureClass): ClassScore => {
    const own = scores.filter((score) => score.class === structure);
    const distances = own.flatMap(({ asdMm }) => (asdMm.defined ? [asdMm.value] : []));
    return {
      count: own.length,
      detected: own.filter((score) => score.detected).length,
      dice: mean(own.map(countedDice)),
      asdMm: mean(distances),
    };
  };
  return { vertebra: of('vertebra'), disc: of('disc'), canal: of('canal'), meanDice: mean(scores.map(countedDice)) };
}

/**
 * How much a correction changed: voxels whose label differs, and the Dice of label-wise agreement over the foreground,
 * 2·|same label, not 0| / (|base| + |corrected|); 1 when nothing was touched or both are empty. 101–125 count as 1–25, since
 * a reference never holds them. Throws InvalidInputError when the sizes differ.
 */
export function voxelChanges(base: Mask, corrected: Mask): { voxelsChanged: number; dice: number } {
  if (base.voxels.length !== corrected.voxels.length) {
    throw new InvalidInputError('correction', 'voxels', `${base.voxels.length}`, `${corrected.voxels.length}`);
  }
  const [voxelsBefore, voxelsAfter] = [base.voxels, corrected.voxels];
  const runs = occupiedRuns(voxelsBefore, voxelsAfter);
  let voxelsChanged = 0;
  let agreeing = 0;
  let foreground = 0;
  for (let run = 0; run < runs.length; run += 2) {
    for (let at = runs[run]!; at < runs[run + 1]!; at++) {
      const before = voxelsBefore[at]!;
      const after = voxelsAfter[at]!;
      if (before === 0 && after === 0) continue;
      foreground += (before === 0 ? 0 : 1) + (after === 0 ? 0 : 1);
      if (before !== after && completeLabel(before) !== completeLabel(after)) voxelsChanged++;
      else agreeing++;
    }
  }
  return { voxelsChanged, dice: foreground === 0 ? 1 : (2 * agreeing) / foreground };
}

/** A miss counts as 0. */
export function countedDice(score: StructureScore): number {
  return score.detected ? score.dice : 0;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

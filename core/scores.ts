import { z } from 'zod';
import { InvalidInputError } from './invalid-input.ts';
import { completeLabel, structureClass, STRUCTURE_CLASSES, type StructureClass } from './labels.ts';
import type { ClassScore, Scores } from './loop.ts';
import { sameGrid } from './orientation.ts';
import { boundingBoxes, boxSize, cropOf, jointBox, type Box } from './structures.ts';
import { averageSurfaceDistance, Measure, type SurfaceDefinition } from './surface-distance.ts';
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

/** Masks hold labels 0–255. */
const LABELS = 256;

/**
 * Scores every structure of the reference by SPIDER's protocol, ascending by label. Each takes the predicted label with the
 * largest overlap (the smaller label on a tie), whatever its class; not one-to-one, and extra predictions cost nothing.
 * 101–125 count as 1–25 on both sides. A miss (Dice below 0.1) has no surface distance. Reference labels outside SPIDER's
 * convention are left out. An empty reference gives an empty list.
 * Throws InvalidInputError when the grids differ or a label is not in 0–255.
 */
export function compareMasks(reference: Mask, prediction: Mask, options: CompareOptions = {}): StructureScore[] {
  const grids = sameGrid(reference.grid, prediction.grid);
  if (!grids.same) throw new InvalidInputError('prediction', grids.field, grids.expected, grids.got);
  const overlaps = overlapTable(reference, prediction);
  const boxes = { reference: completeBoxes(reference), prediction: completeBoxes(prediction) };
  const scores: StructureScore[] = [];
  for (const [label, box] of boxes.reference) {
    const structure = structureClass(label);
    if (!structure || (options.classes && !options.classes.includes(structure))) continue;
    const matched = largestOverlap(overlaps, label);
    const found = matched === null ? undefined : boxes.prediction.get(matched);
    const common = matched === null ? 0 : overlaps[label * LABELS + matched]!;
    const dice = (2 * common) / (box.voxels + (found?.voxels ?? 0));
    const detected = dice >= DETECTED_DICE;
    let asdMm: Measure = { defined: false, reason: `missed: Dice below ${DETECTED_DICE}` };
    if (detected && found && matched !== null) {
      const joint = jointBox(box, found);
      const a = cropOf(reference, joint, bothForms(label));
      const b = cropOf(prediction, joint, bothForms(matched));
      asdMm = averageSurfaceDistance(a, b, boxSize(joint), reference.grid.spacingMm, options.surface);
    }
    scores.push({
      label,
      class: structure,
      matched,
      dice,
      asdMm,
      detected,
      referenceVoxels: box.voxels,
      predictionVoxels: found?.voxels ?? 0,
    });
  }
  return scores;
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
  let voxelsChanged = 0;
  let agreeing = 0;
  let foreground = 0;
  for (let at = 0; at < base.voxels.length; at++) {
    const before = base.voxels[at]!;
    const after = corrected.voxels[at]!;
    if (before === 0 && after === 0) continue;
    foreground += (before === 0 ? 0 : 1) + (after === 0 ? 0 : 1);
    if (completeLabel(before) !== completeLabel(after)) voxelsChanged++;
    else agreeing++;
  }
  return { voxelsChanged, dice: foreground === 0 ? 1 : (2 * agreeing) / foreground };
}

function countedDice(score: StructureScore): number {
  return score.detected ? score.dice : 0;
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Voxels per pair of labels, reference · 256 + prediction, after 101–125 became 1–25. */
function overlapTable(reference: Mask, prediction: Mask): Float64Array {
  const complete = Int16Array.from({ length: LABELS }, (_, label) => completeLabel(label));
  const table = new Float64Array(LABELS * LABELS);
  for (let at = 0; at < reference.voxels.length; at++) {
    const r = complete[reference.voxels[at]!];
    const p = complete[prediction.voxels[at]!];
    if (r === undefined || p === undefined) {
      const [object, got] =
        r === undefined ? ['reference', reference.voxels[at]] : ['prediction', prediction.voxels[at]];
      throw new InvalidInputError(String(object), 'voxels', 'labels from 0 to 255', String(got));
    }
    table[r * LABELS + p]!++;
  }
  return table;
}

function largestOverlap(table: Float64Array, label: number): number | null {
  let best: number | null = null;
  for (let p = 1; p < LABELS; p++) {
    const voxels = table[label * LABELS + p]!;
    if (voxels > 0 && (best === null || voxels > table[label * LABELS + best]!)) best = p;
  }
  return best;
}

/** Boxes by complete label: a vertebra labelled 3 here and 103 there is one structure. */
function completeBoxes(mask: Mask): Map<number, Box & { voxels: number }> {
  const merged = new Map<number, Box & { voxels: number }>();
  for (const [label, box] of boundingBoxes(mask)) {
    const key = completeLabel(label);
    const other = merged.get(key);
    merged.set(key, other ? { ...jointBox(box, other), voxels: box.voxels + other.voxels } : box);
  }
  return new Map([...merged].sort(([a], [b]) => a - b));
}

/** A vertebra may be written as 1–25 or 101–125. */
function bothForms(label: number): number[] {
  return structureClass(label) === 'vertebra' ? [label, label + 100] : [label];
}

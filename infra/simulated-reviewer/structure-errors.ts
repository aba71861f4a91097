import { completeLabel, isDisc, isVertebra, structureClass, type StructureClass } from '../../core/labels.ts';
import { DETECTED_DICE } from '../../core/scores.ts';

/** A structure of the truth and the one of the proposal that stands for it; the labels may differ when the numbering does. */
export interface StructurePair {
  label: number;
  proposed: number;
  /** 1 − Dice, whatever the labels are. */
  deficit: number;
}

/** What is wrong with a proposal. Labels are complete (1–25), ascending. */
export interface StructureErrors {
  pairs: StructurePair[];
  /** Labels of the truth that nothing stands for. */
  missed: number[];
  /** Labels of the proposal that stand for nothing. */
  extra: number[];
  misnumbered: boolean;
}

const LABELS = 256;

/**
 * Compares two label volumes on one grid (x fastest, labels 0–255), structure by structure. Structures are paired one-to-one
 * within a class, largest overlap first; a pair under a Dice of 0.1 is none. 101–125 count as 1–25; classes that aren't named
 * and unknown labels are left out.
 */
export function structureErrors(
  truth: Int16Array,
  proposal: Int16Array,
  classes: readonly StructureClass[],
): StructureErrors {
  const compared = Int16Array.from({ length: LABELS }, (_, label) => {
    const structure = structureClass(label);
    return structure !== undefined && classes.includes(structure) ? completeLabel(label) : 0;
  });
  const { overlaps, truthVoxels, proposedVoxels } = countVoxels(truth, proposal, compared);
  const pairs = pairUp(overlaps, truthVoxels, proposedVoxels);
  const paired = { label: new Set<number>(), proposed: new Set<number>() };
  for (const { label, proposed } of pairs) {
    paired.label.add(label);
    paired.proposed.add(proposed);
  }
  return {
    pairs,
    missed: present(truthVoxels).filter((label) => !paired.label.has(label)),
    extra: present(proposedVoxels).filter((label) => !paired.proposed.has(label)),
    misnumbered: pairs.some(({ label, proposed }) => label !== proposed),
  };
}

/** Whether a label is one of a row that is counted from below. */
export function isNumbered(label: number): boolean {
  return isVertebra(label) || isDisc(label);
}

function countVoxels(truth: Int16Array, proposal: Int16Array, compared: Int16Array) {
  const overlaps = new Float64Array(LABELS * LABELS); // truth · 256 + proposal
  const truthVoxels = new Float64Array(LABELS);
  const proposedVoxels = new Float64Array(LABELS);
  for (let at = 0; at < truth.length; at++) {
    const t = compared[truth[at]!]!;
    const p = compared[proposal[at]!]!;
    if (t === 0 && p === 0) continue;
    truthVoxels[t]!++;
    proposedVoxels[p]!++;
    overlaps[t * LABELS + p]!++;
  }
  return { overlaps, truthVoxels, proposedVoxels };
}

function present(voxels: Float64Array): number[] {
  return [...voxels.keys()].filter((label) => label !== 0 && voxels[label]! > 0);
}

function pairUp(overlaps: Float64Array, truthVoxels: Float64Array, proposedVoxels: Float64Array): StructurePair[] {
  const candidates = present(truthVoxels).flatMap((label) =>
    present(proposedVoxels)
      .filter((proposed) => structureClass(proposed) === structureClass(label))
      .map((proposed) => ({ label, proposed, common: overlaps[label * LABELS + proposed]! })),
  );
  candidates.sort((a, b) => b.common - a.common || a.label - b.label || a.proposed - b.proposed);
  const pairs: StructurePair[] = [];
  const taken = { label: new Set<number>(), proposed: new Set<number>() };
  for (const { label, proposed, common } of candidates) {
    if (taken.label.has(label) || taken.proposed.has(proposed)) continue;
    const dice = (2 * common) / (truthVoxels[label]! + proposedVoxels[proposed]!);
    if (dice < DETECTED_DICE) continue;
    taken.label.add(label);
    taken.proposed.add(proposed);
    pairs.push({ label, proposed, deficit: 1 - dice });
  }
  return pairs.sort((a, b) => a.label - b.label);
}

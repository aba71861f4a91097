import { completeLabel, structureClass } from '../../core/labels.ts';
import type { StructureDoubt } from '../../core/review.ts';
import type { Mask } from '../../core/volume.ts';
import { indexMap } from './affine.ts';

/** Labels are 0–255. */
const LABELS = 256;
/** Two masks of one structure agree when their Dice is at least this, and as good as not at all at the second. */
const [AGREE_DICE, DISAGREE_DICE] = [0.88, 0.5];
/** What disagreement adds at most, and what a structure adds that only the other mask has. */
const MOST = 0.9;
const UNSEEN = 0.6;
/** What lies outside the other image by more than this share has no second opinion. */
const MOST_OUTSIDE = 0.5;

/**
 * Doubts a segmentation also where a second mask of the same patient disagrees with it: by another model, by an earlier one, or of
 * another sequence of the same visit. Where independent readings differ one of them is wrong, however sharp both are.
 *   1. The other mask is read at the voxel centres of `mask` (nearest, through patient space); where it doesn't reach, it says nothing.
 *   2. Each structure is held against the one of its class in the other that it shares most voxels with, whatever its number: its reason is
 *      0 from Dice 0.88 on, rising to 0.9 at 0.5. One that the other lacks has 0.9. (101–125 count as 1–25.)
 *   3. A structure that only the other has gives a reason of 0.6 to the structures of its class next to it, by the other's numbers.
 * Joined with the doubt that was there as 1 - Π(1 - r). The structures keep their order; those without voxels keep their doubt.
 */
export function withSecondOpinion(structures: readonly StructureDoubt[], mask: Mask, other: Mask): StructureDoubt[] {
  const table = overlapTable(mask, other);
  const reasons = new Map<number, number>();
  const raise = (label: number, reason: number) => reasons.set(label, Math.max(reasons.get(label) ?? 0, reason));
  const matchOf = new Map<number, number>();
  for (const label of table.own) {
    if (table.voxels(label) < (1 - MOST_OUTSIDE) * table.allVoxels(label)) continue;
    const match = table.bestMatch(label);
    if (match !== null) matchOf.set(match, label);
    raise(label, disagreement(match === null ? 0 : table.dice(label, match)));
  }
  for (const label of table.others) {
    if (table.isShared(label)) continue;
    for (const next of [label - 1, label + 1]) {
      const neighbour = matchOf.get(next);
      if (neighbour !== undefined && structureClass(next) === structureClass(label)) raise(neighbour, UNSEEN);
    }
  }
  return structures.map((each) => {
    const reason = each.voxels === 0 ? 0 : (reasons.get(completeLabel(each.label)) ?? 0);
    return { ...each, doubt: 1 - (1 - each.doubt) * (1 - reason) };
  });
}

function disagreement(dice: number): number {
  return MOST * Math.min(Math.max((AGREE_DICE - dice) / (AGREE_DICE - DISAGREE_DICE), 0), 1);
}

/** Joint counts of the labels of two masks over the voxels of the first that lie in the second. */
interface OverlapTable {
  own: number[];
  others: number[];
  /** Of an own label, within the other image; and everywhere. */
  voxels(label: number): number;
  allVoxels(label: number): number;
  /** The label of the same class in the other that shares most voxels with an own one, the smaller on a tie; null for none. */
  bestMatch(label: number): number | null;
  dice(own: number, other: number): number;
  /** Whether an own structure of its class touches a label of the other at all. */
  isShared(other: number): boolean;
}

function overlapTable(mask: Mask, other: Mask): OverlapTable {
  const joint = new Float64Array(LABELS * LABELS);
  const everywhere = new Float64Array(LABELS);
  countJointly(mask, other, joint, everywhere);
  const sum = (count: (at: number) => number) =>
    Array.from({ length: LABELS }, (_, at) => count(at)).reduce((a, b) => a + b);
  const ownVoxels = Array.from({ length: LABELS }, (_, own) => sum((at) => joint[own * LABELS + at]!));
  const otherVoxels = Array.from({ length: LABELS }, (_, label) => sum((at) => joint[at * LABELS + label]!));
  const known = (voxels: ArrayLike<number>) =>
    Array.from({ length: LABELS }, (_, label) => label).filter((label) => structureClass(label) && voxels[label]! > 0);
  const [own, others] = [known(everywhere), known(otherVoxels)];
  const shared = (a: number, b: number) => (structureClass(a) === structureClass(b) ? joint[a * LABELS + b]! : 0);
  return {
    own,
    others,
    voxels: (label) => ownVoxels[label]!,
    allVoxels: (label) => everywhere[label]!,
    bestMatch: (label) => {
      const [best] = [...others].sort((a, b) => shared(label, b) - shared(label, a) || a - b);
      return best !== undefined && shared(label, best) > 0 ? best : null;
    },
    dice: (a, b) => (2 * shared(a, b)) / (ownVoxels[a]! + otherVoxels[b]!),
    isShared: (label) => own.some((each) => shared(each, label) > 0),
  };
}

function countJointly(mask: Mask, other: Mask, joint: Float64Array, everywhere: Float64Array): void {
  const [nx, ny, nz] = mask.grid.size;
  const [mx, my, mz] = other.grid.size;
  const { origin, columns } = indexMap(mask.grid, other.grid);
  const [a, b, c] = columns;
  let at = 0;
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const x0 = origin[0] + j * b[0] + k * c[0];
      const y0 = origin[1] + j * b[1] + k * c[1];
      const z0 = origin[2] + j * b[2] + k * c[2];
      for (let i = 0; i < nx; i++, at++) {
        const label = completeLabel(mask.voxels[at]!);
        everywhere[label]!++;
        const x = Math.round(x0 + i * a[0]);
        const y = Math.round(y0 + i * a[1]);
        const z = Math.round(z0 + i * a[2]);
        if (x < 0 || y < 0 || z < 0 || x >= mx || y >= my || z >= mz) continue;
        joint[label * LABELS + completeLabel(other.voxels[x + mx * (y + my * z)]!)]!++;
      }
    }
  }
}

import type { Grid } from './geometry.ts';
import type { LpsAxis } from './orientation.ts';
import { sameGrid } from './orientation.ts';
import { permute, permuteGrid, type SignedPermutation } from './reorient.ts';
import type { Mask } from './volume.ts';

/** Formats that print or keep geometry in few digits move a voxel by less than this; the smallest voxel is a hundred times as large. */
const ROUNDING_MM = 0.01;

/**
 * The order and direction of axes in which the voxels of `from` are those of `to`, each at its own place in the patient within
 * 0.01 mm; null when there is none: another size, a shift, a turn. Editors store the same voxels in an order of their own (3D Slicer
 * turns left-handed grids over).
 */
export function permutationBetween(from: Grid, to: Grid): SignedPermutation | null {
  const axes = [0, 1, 2].map((axis) => alongside(from, to, axis));
  const [x, y, z] = axes;
  if (!x || !y || !z || new Set(axes.map((each) => each!.axis)).size < 3) return null;
  const permutation: SignedPermutation = [x, y, z];
  return sameGrid(to, permuteGrid(from, permutation), ROUNDING_MM).same ? permutation : null;
}

/**
 * A mask as it stands on the grid of its image: voxels moved, never computed, and the image's own geometry to the last digit. A mask
 * that no signed permutation brings there is given back as it came, for the gate to refuse.
 */
export function placedOn(mask: Mask, grid: Grid): Mask {
  const permutation = permutationBetween(mask.grid, grid);
  if (permutation === null) return mask;
  const asStored = permutation.every(({ axis, sign }, at) => axis === at && sign === 1);
  return { ...(asStored ? mask : permute(mask, permutation)), grid };
}

/** The axis of `from` that runs along an axis of `to`, either way; undefined when none does. */
function alongside(from: Grid, to: Grid, axis: number): LpsAxis | undefined {
  for (const own of [0, 1, 2] as const) {
    const cosine = [0, 3, 6].reduce((sum, row) => sum + from.direction[row + own]! * to.direction[row + axis]!, 0);
    if (Math.abs(cosine) > 0.99) return { axis: own, sign: cosine > 0 ? 1 : -1 };
  }
  return undefined;
}

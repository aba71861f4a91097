import { connectedComponents } from '../components.ts';
import { indexToLps, type Grid, type Vec3 } from '../geometry.ts';
import { boxSize, cropOf, type Box, type Index3 } from '../structures.ts';
import type { Mask } from '../volume.ts';

/** One 26-connected piece of a label: its number among the label's components, its box in the mask, its centre in LPS mm. */
export interface LabelPiece extends Box {
  component: number;
  voxels: number;
  centreMm: Vec3;
}

/**
 * The pieces of a label, the largest first (of equals the first in raster order), with the component of every voxel of the
 * label's box, x fastest.
 */
export function piecesOfLabel(mask: Mask, box: Box, label: number): { pieces: LabelPiece[]; components: Int32Array } {
  const size = boxSize(box);
  const { labels, count } = connectedComponents(cropOf(mask, box, [label]), size, 26);
  const found = Array.from({ length: count }, () => ({
    voxels: 0,
    min: [Infinity, Infinity, Infinity] as Index3,
    max: [-1, -1, -1] as Index3,
    sum: [0, 0, 0] as Index3,
  }));
  for (let z = 0, row = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++, row += size[0]) {
      // Runs along x rather than voxels.
      for (let x = 0; x < size[0];) {
        const component = labels[row + x]!;
        const first = x;
        do x++;
        while (x < size[0] && labels[row + x] === component);
        if (component > 0) include(found[component - 1]!, box.min, [first, x - 1, y, z]);
      }
    }
  }
  const pieces = found.map(({ voxels, min, max, sum }, i): LabelPiece => {
    const centre: Index3 = [sum[0] / voxels, sum[1] / voxels, sum[2] / voxels];
    return { component: i + 1, voxels, min, max, centreMm: indexToLps(mask.grid, centre) };
  });
  return { pieces: pieces.sort((a, b) => b.voxels - a.voxels || a.component - b.component), components: labels };
}

type Found = Box & { voxels: number; sum: Index3 };

/** Adds the voxels first..last of a row of a box that begins at `origin`. */
function include(piece: Found, origin: Index3, [first, last, y, z]: [number, number, number, number]): void {
  const count = last - first + 1;
  const [x, row, slice] = [first + origin[0], y + origin[1], z + origin[2]];
  piece.voxels += count;
  piece.sum[0] += count * (x + (last - first) / 2);
  piece.sum[1] += count * row;
  piece.sum[2] += count * slice;
  const { min, max } = piece;
  min[0] = Math.min(min[0], x);
  max[0] = Math.max(max[0], last + origin[0]);
  min[1] = Math.min(min[1], row);
  max[1] = Math.max(max[1], row);
  min[2] = Math.min(min[2], slice);
  max[2] = Math.max(max[2], slice);
}

/**
 * Millimetres between two boxes along some index axes (all three by default), at least: 0 where they overlap or touch. What is
 * in the boxes may lie further apart.
 */
export function gapMm({ spacingMm }: Grid, a: Box, b: Box, axes: readonly number[] = [0, 1, 2]): number {
  const steps = axes.map((axis) => {
    const between = Math.max(b.min[axis]! - a.max[axis]!, a.min[axis]! - b.max[axis]!) - 1;
    return Math.max(0, between) * spacingMm[axis]!;
  });
  return Math.hypot(...steps);
}

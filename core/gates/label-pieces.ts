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
  for (let z = 0, at = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++, at++) {
        if (labels[at] === 0) continue;
        const piece = found[labels[at]! - 1]!;
        piece.voxels++;
        [x + box.min[0], y + box.min[1], z + box.min[2]].forEach((index, axis) => {
          piece.sum[axis]! += index;
          if (index < piece.min[axis]!) piece.min[axis] = index;
          if (index > piece.max[axis]!) piece.max[axis] = index;
        });
      }
    }
  }
  const pieces = found.map(({ voxels, min, max, sum }, i): LabelPiece => {
    const centre: Index3 = [sum[0] / voxels, sum[1] / voxels, sum[2] / voxels];
    return { component: i + 1, voxels, min, max, centreMm: indexToLps(mask.grid, centre) };
  });
  return { pieces: pieces.sort((a, b) => b.voxels - a.voxels || a.component - b.component), components: labels };
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

import type { Grid } from '../../core/geometry.ts';
import { boundingBoxes, boxSize, cropOf, type Box, type Index3 } from '../../core/structures.ts';
import type { Mask } from '../../core/volume.ts';
import { borderReachVoxels, strayDraws, strayedShape } from './border.ts';
import type { Lots } from './lots.ts';

/** A structure to draw: the truth's label that gives the shape, and the label it is drawn in. */
export interface Drawing {
  shape: number;
  label: number;
}

/**
 * Draws structures that `truth` holds into `mask` (same size), each with an unsteady border. Within the truth's shape a drawing covers
 * what is there; what strays beyond takes background only, so that redrawing one structure never eats into its neighbours.
 */
export function paintStructures(
  mask: Mask,
  truth: Mask,
  drawings: readonly Drawing[],
  sigmaVoxels: number,
  lots: Lots,
): void {
  const boxes = boundingBoxes(truth);
  const sketches = drawings.map(({ shape, label }) => {
    const box = widened(boxes.get(shape)!, borderReachVoxels(sigmaVoxels), mask.grid);
    const size = boxSize(box);
    const exact = cropOf(truth, box, [shape]);
    const { spacingMm } = mask.grid;
    const normals = lots.normals(`border of ${shape}`, sigmaVoxels === 0 ? 0 : strayDraws(size, spacingMm));
    return { label, box, exact, strayed: strayedShape(exact, size, spacingMm, sigmaVoxels, normals) };
  });
  for (const { label, box, exact, strayed } of sketches) {
    eachVoxel(box, mask.grid, (at, inBox) => {
      if (exact[inBox] === 1 && strayed[inBox] === 1) mask.voxels[at] = label;
    });
  }
  for (const { label, box, strayed } of sketches) {
    eachVoxel(box, mask.grid, (at, inBox) => {
      if (strayed[inBox] === 1 && mask.voxels[at] === 0) mask.voxels[at] = label;
    });
  }
}

function widened({ min, max }: Box, voxels: number, { size }: Grid): Box {
  return {
    min: min.map((n) => Math.max(n - voxels, 0)) as Index3,
    max: max.map((n, axis) => Math.min(n + voxels, size[axis]! - 1)) as Index3,
  };
}

/** Calls with the index in the volume and the one in the box, x fastest. */
function eachVoxel({ min, max }: Box, { size }: Grid, visit: (at: number, inBox: number) => void): void {
  const [nx, ny] = size;
  for (let z = min[2], inBox = 0; z <= max[2]; z++) {
    for (let y = min[1]; y <= max[1]; y++) {
      for (let x = min[0]; x <= max[0]; x++, inBox++) visit(x + nx * (y + ny * z), inBox);
    }
  }
}

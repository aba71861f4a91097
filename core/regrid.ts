import { indexToLps, type Grid } from './geometry.ts';
import { checkGrid } from './grid-check.ts';

/**
 * A grid of other spacing over the same block of the patient: sizes rounded, at least 1, the block's middle kept.
 * Throws InvalidInputError when the spacing is not positive, or the grid would have too many voxels.
 */
export function gridWithSpacing(grid: Grid, spacingMm: Grid['spacingMm']): Grid {
  const extent = (axis: 0 | 1 | 2): number => (grid.size[axis] * grid.spacingMm[axis]) / spacingMm[axis];
  const size: Grid['size'] = [extent(0), extent(1), extent(2)].map((n) => Math.max(1, Math.round(n))) as Grid['size'];
  // In steps of the old grid: its middle, less half of the new block, plus half a new voxel.
  const first = (axis: 0 | 1 | 2): number =>
    (grid.size[axis] - 1) / 2 - (((size[axis] - 1) / 2) * spacingMm[axis]) / grid.spacingMm[axis];
  const made: Grid = { ...grid, size, spacingMm, originLpsMm: [0, 0, 0] };
  checkGrid(made, 'resampling');
  return { ...made, originLpsMm: [...indexToLps(grid, [first(0), first(1), first(2)])] };
}

import { describe, expect, it } from 'vitest';
import { indexToLps, type Grid } from '../../core/geometry.ts';
import { gridWithSpacing } from '../../core/regrid.ts';

const GRID: Grid = {
  size: [10, 20, 5],
  spacingMm: [0.5, 0.5, 4],
  originLpsMm: [1, 2, 3],
  direction: [0, 0, -1, 1, 0, 0, 0, -1, 0],
};

describe('gridWithSpacing', () => {
  it('covers the same block', () => {
    // 5, 10 and 20 mm: 5, 10 and 20 voxels of 1 mm. The block begins half an old voxel before the first centre.
    const made = gridWithSpacing(GRID, [1, 1, 1]);
    expect(made.size).toEqual([5, 10, 20]);
    const corner = indexToLps(GRID, [-0.5, -0.5, -0.5]);
    indexToLps(made, [-0.5, -0.5, -0.5]).forEach((mm, axis) => expect(mm).toBeCloseTo(corner[axis]!, 9));
    const end = indexToLps(GRID, [9.5, 19.5, 4.5]);
    indexToLps(made, [4.5, 9.5, 19.5]).forEach((mm, axis) => expect(mm).toBeCloseTo(end[axis]!, 9));
  });

  it('keeps the middle where sizes are rounded', () => {
    const made = gridWithSpacing(GRID, [0.7, 3, 50]);
    // 5/0.7 = 7.1, 10/3 = 3.3, 20/50 = 0.4: at least one.
    expect(made.size).toEqual([7, 3, 1]);
    const middle = indexToLps(GRID, [4.5, 9.5, 2]);
    indexToLps(made, [3, 1, 0]).forEach((mm, axis) => expect(mm).toBeCloseTo(middle[axis]!, 9));
  });

  it('gives the same grid for the same spacing and refuses what can be none', () => {
    expect(gridWithSpacing(GRID, [0.5, 0.5, 4])).toEqual(GRID);
    expect(() => gridWithSpacing(GRID, [0, 1, 1])).toThrow(/resampling: /);
    expect(() => gridWithSpacing(GRID, [1e-4, 1e-4, 1e-4])).toThrow(/resampling: size: expected at most \d+ voxels/);
  });
});

import { describe, expect, it } from 'vitest';
import type { Grid } from '../../core/geometry.ts';
import { permutationBetween, placedOn } from '../../core/grid-fit.ts';
import { inverse, ORIENTATION_CODES, permutationTo, permute } from '../../core/reorient.ts';
import type { Mask } from '../../core/volume.ts';

const [c, s] = [0.96, 0.28];
const STRAIGHT: Grid = {
  size: [4, 3, 2],
  spacingMm: [0.5, 0.75, 4],
  originLpsMm: [8, -16, 32],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const OBLIQUE: Grid = { ...STRAIGHT, direction: [c, -s * c, s * s, s, c * c, -c * s, 0, s, c] };
/** The same slices, numbered from the other side. */
const LEFT_HANDED: Grid = { ...OBLIQUE, direction: [c, -s * c, -s * s, s, c * c, c * s, 0, s, -c] };
/** As many voxels each way and as large: only the directions tell the axes apart. */
const CUBE: Grid = { ...OBLIQUE, size: [3, 3, 3], spacingMm: [1, 1, 1] };

const numbered = (grid: Grid): Mask => ({
  grid,
  element: 'SHORT',
  voxels: Int16Array.from({ length: grid.size[0] * grid.size[1] * grid.size[2] }, (_, i) => i),
});

describe('placing a mask on the grid of its image', () => {
  it.each([
    ['straight', STRAIGHT],
    ['oblique', OBLIQUE],
    ['left-handed', LEFT_HANDED],
    ['cubic', CUBE],
  ])('brings each of the 48 storages of a %s grid back, every voxel to its own place', (_, grid) => {
    const mask = numbered(grid);
    for (const code of ORIENTATION_CODES) {
      const stored = permute(mask, permutationTo(grid, code));
      expect(permutationBetween(stored.grid, grid)).toEqual(inverse(permutationTo(grid, code)));
      const placed = placedOn(stored, grid);
      expect(placed.grid).toBe(grid);
      expect([...placed.voxels]).toEqual([...mask.voxels]);
    }
  });

  it('takes the slices of a left-handed grid in reverse, as drawn', () => {
    // Two slices of one row, 1 2 / 3 4, numbered from the left; the editor numbers them from the right.
    const image: Grid = {
      size: [2, 1, 2],
      spacingMm: [1, 1, 4],
      originLpsMm: [0, 0, 4],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, -1],
    };
    const edited: Grid = { ...image, originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
    const placed = placedOn({ grid: edited, element: 'SHORT', voxels: Int16Array.from([3, 4, 1, 2]) }, image);
    expect([...placed.voxels]).toEqual([1, 2, 3, 4]);
  });

  it('takes geometry in few digits for the one that it is', () => {
    const rounded: Grid = { ...OBLIQUE, originLpsMm: [8.004, -16.004, 32] };
    expect(placedOn(numbered(rounded), OBLIQUE).grid).toBe(OBLIQUE);
  });

  it.each<[string, Partial<Grid>]>([
    ['half a voxel beside it', { originLpsMm: [8.25, -16, 32] }],
    ['a slice further', { originLpsMm: [8, -16, 36] }],
    ['another size', { size: [4, 3, 3] }],
    ['another spacing', { spacingMm: [0.5, 0.76, 4] }],
    ['turned by a degree', { direction: [0.99985, -0.01745, 0, 0.01745, 0.99985, 0, 0, 0, 1] }],
    ['mirrored in place', { direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] }],
  ])('leaves a mask as it came: %s', (_, other) => {
    const mask = numbered({ ...STRAIGHT, ...other });
    expect(permutationBetween(mask.grid, STRAIGHT)).toBeNull();
    expect(placedOn(mask, STRAIGHT)).toBe(mask);
  });
});

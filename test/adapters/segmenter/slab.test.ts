import { describe, expect, test } from 'vitest';
import { continuedSlab } from '../../../adapters/segmenter/slab.ts';
import { indexToLps, voxelCount, type Grid, type Vec3 } from '../../../core/geometry.ts';
import { ORIENTATION_CODES, reorient } from '../../../core/reorient.ts';
import type { Volume } from '../../../core/volume.ts';

/** Stored LPS; x runs to the left. */
function stack(size: [number, number, number], spacingMm: [number, number, number]): Volume<Int16Array> {
  const grid: Grid = { size, spacingMm, originLpsMm: [10, -20, 5], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  return { grid, element: 'SHORT', voxels: Int16Array.from({ length: voxelCount(grid) }, (_, at) => at) };
}

/** The value at the voxel nearest to a place in patient space; undefined outside. */
function valueAt({ grid, voxels }: Volume, place: Vec3): number | undefined {
  const [nx, ny, nz] = grid.size;
  for (let z = 0, at = 0; z < nz; z++)
    for (let y = 0; y < ny; y++)
      for (let x = 0; x < nx; x++, at++) {
        const here = indexToLps(grid, [x, y, z]);
        if (here.every((mm, axis) => Math.abs(mm - place[axis]!) < 1e-6)) return voxels[at];
      }
  return undefined;
}

describe('continuedSlab', () => {
  test.each(ORIENTATION_CODES)(
    'repeats the outer sagittal slices of a narrow stack stored %s, and moves nothing',
    (code) => {
      const plain = stack([4, 3, 2], [3, 5, 7]);
      const continued = continuedSlab(reorient(plain, code));
      expect(voxelCount(continued.grid)).toBe(8 * 3 * 2);
      expect(continued.voxels).toHaveLength(8 * 3 * 2);
      for (let x = -2; x < 6; x++)
        for (let y = 0; y < 3; y++)
          for (let z = 0; z < 2; z++) {
            const inside = Math.min(Math.max(x, 0), 3) + 4 * (y + 3 * z);
            expect(valueAt(continued, indexToLps(plain.grid, [x, y, z]))).toBe(inside);
          }
    },
  );

  test('repeats at least one, however thick, and keeps the type of voxels', () => {
    const thick = stack([3, 2, 2], [12, 1, 1]);
    expect(continuedSlab(thick).grid.size).toEqual([5, 2, 2]);
    expect(continuedSlab(thick).voxels).toBeInstanceOf(Int16Array);
  });

  test.each([
    ['an image of 40 mm', stack([10, 2, 2], [4, 1, 1])],
    ['a single slice', stack([1, 4, 4], [4, 1, 1])],
    ['a volume with too few voxels', { ...stack([4, 3, 2], [3, 5, 7]), voxels: new Int16Array(5) }],
  ])('leaves %s as it is', (_, volume) => {
    expect(continuedSlab(volume)).toBe(volume);
  });
});

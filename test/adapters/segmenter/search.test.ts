import { expect, test } from 'vitest';
import { cornerSweep, searchCentres } from '../../../adapters/segmenter/search.ts';
import type { Vec3 } from '../../../core/geometry.ts';

const PATCH: Vec3 = [4, 4, 4];

test('the line up the middle comes first, each place once, the last patches ending with the volume', () => {
  // x: one patch. y: 9 voxels, room for 5 more than a patch, so 3 strides of at most 2: 2, 4 (3.67), 5 (5.33), 7. z: 6 voxels: 2 and 4.
  const centres = searchCentres([4, 9, 6], PATCH);
  const line = [2, 4].map((z) => [2, 5, z]);
  expect(centres.slice(0, 2)).toEqual(line);
  expect(centres.slice(2)).toEqual([2, 4].flatMap((z) => [2, 4, 7].map((y) => [2, y, z])));
  expect(new Set(centres.map(String)).size).toBe(8);
});

test('an axis shorter than the patch has its middle', () => {
  expect(searchCentres([3, 4, 2], PATCH)).toEqual([[1, 2, 1]]);
});

test('the published sweep begins on the corner, x fastest, half a patch apart', () => {
  expect(cornerSweep([3, 4, 2], PATCH)).toEqual([
    [0, 0, 0],
    [2, 0, 0],
    [0, 2, 0],
    [2, 2, 0],
  ]);
});

import { describe, expect, it } from 'vitest';
import { borderVoxels } from '../../core/border-voxels.ts';
import { averageSurfaceDistance } from '../../core/surface-distance.ts';

const line = (...voxels: number[]): Uint8Array => Uint8Array.from(voxels);

describe('borderVoxels', () => {
  it('counts the inner voxel behind a missing corner by 26 neighbours only', () => {
    // A full 5×5×5 cube has 27 inner voxels. Without its corner (0,0,0), voxel (1,1,1) has an outside neighbour by that corner
    // but by no face: 124 − 26 = 98 surface voxels by 26 neighbours, 124 − 27 = 97 by 6.
    const cube = new Uint8Array(125).fill(1);
    cube[0] = 0;
    const count = (surface: Uint8Array): number => surface.reduce((sum, value) => sum + value, 0);
    expect(count(borderVoxels(cube, [5, 5, 5], 26))).toBe(98);
    expect(count(borderVoxels(cube, [5, 5, 5], 6))).toBe(97);
  });

  it('takes the edge of the volume for outside', () => {
    expect([...borderVoxels(line(1, 1, 1), [3, 1, 1], 26)]).toEqual([1, 1, 1]);
  });
});

describe('averageSurfaceDistance', () => {
  it('is the distance between two voxels', () => {
    // a: X . .   b: . . X   two steps of 1.5 mm, there and back
    expect(averageSurfaceDistance(line(1, 0, 0), line(0, 0, 1), [3, 1, 1], [1.5, 1, 1])).toEqual({
      defined: true,
      value: 3,
    });
  });

  it('puts both directions together before it averages', () => {
    // a: X . . .   b: X . . X   a→b 0; b→a 0 and 3. Together (0 + 0 + 3) / 3 = 1; the mean of the two means would be 0.75.
    const distance = averageSurfaceDistance(line(1, 0, 0, 0), line(1, 0, 0, 1), [4, 1, 1], [1, 1, 1]);
    expect(distance).toEqual({ defined: true, value: 1 });
  });

  it('is 0 for the same mask and symmetric', () => {
    const a = line(1, 1, 0, 0, 1, 0);
    const b = line(0, 1, 1, 0, 0, 1);
    const of = (p: Uint8Array, q: Uint8Array): unknown => averageSurfaceDistance(p, q, [3, 2, 1], [0.5, 0.7, 4]);
    expect(of(a, a)).toEqual({ defined: true, value: 0 });
    expect(of(a, b)).toEqual(of(b, a));
  });

  it('is undefined, with a reason, when one mask is empty', () => {
    expect(averageSurfaceDistance(line(1, 0), line(0, 0), [2, 1, 1], [1, 1, 1])).toEqual({
      defined: false,
      reason: 'one of the two is empty',
    });
  });
});

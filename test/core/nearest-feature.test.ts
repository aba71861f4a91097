import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squaredDistances } from '../../core/distance-transform.ts';
import { nearestDistances } from '../../core/nearest-feature.ts';

type Size = [number, number, number];

/** By the distance transform, which has tests of its own. */
function transformed(from: Uint8Array, to: Uint8Array, size: Size, spacing: Size): number[] {
  return [...squaredDistances(to, size, spacing)].map(Math.sqrt).filter((_, at) => from[at] !== 0);
}
const near = (found: ArrayLike<number>, expected: number[]): void => {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, at) => expect(Math.abs(found[at]! - value)).toBeLessThan(1e-9 * (1 + value)));
};

describe('nearestDistances', () => {
  it('measures along and across rows in millimetres', () => {
    // from . . / X .   to X . / . X   voxels of 3 × 4 mm: the corner beside it is 3 mm away, the one above 4 mm.
    expect([...nearestDistances(Uint8Array.of(0, 0, 1, 0), Uint8Array.of(1, 0, 0, 1), [2, 2, 1], [3, 4, 1])]).toEqual([
      3,
    ]);
    expect([...nearestDistances(Uint8Array.of(0, 0, 1, 0), Uint8Array.of(1, 0, 0, 0), [2, 2, 1], [3, 4, 1])]).toEqual([
      4,
    ]);
    expect([...nearestDistances(Uint8Array.of(0, 0, 0, 1), Uint8Array.of(1, 0, 0, 0), [2, 2, 1], [3, 4, 1])]).toEqual([
      5,
    ]);
  });

  it('is the distance transform, read at the voxels asked for', () => {
    const side = fc.integer({ min: 1, max: 7 });
    const step = fc.double({ min: 0.1, max: 9, noNaN: true });
    const any = fc.tuple(side, side, side).chain((size) => {
      const count = size[0] * size[1] * size[2];
      const mask = fc.uint8Array({ min: 0, max: 1, minLength: count, maxLength: count });
      const size3 = fc.constant(size);
      return fc.record({
        size: size3,
        spacing: fc.tuple(step, step, step),
        from: mask,
        to: mask.filter((m) => m.includes(1)),
      });
    });
    fc.assert(
      fc.property(any, ({ size, spacing, from, to }) =>
        near(nearestDistances(from, to, size, spacing), transformed(from, to, size, spacing)),
      ),
      { numRuns: 150 },
    );
  });

  it('stays exact beyond the rows that it searches, and across very flat voxels', () => {
    // 3 × 70 × 60 with two features in one corner: most voxels are farther than the search goes.
    const size: Size = [3, 70, 60];
    const to = new Uint8Array(3 * 70 * 60);
    to[0] = to[1 + 3 * (4 + 70 * 2)] = 1;
    const from = new Uint8Array(to.length).fill(1);
    for (const spacing of [
      [1, 1, 1],
      [0.3, 0.5, 6],
      [2, 7, 0.2],
    ] as Size[]) {
      near(nearestDistances(from, to, size, spacing), transformed(from, to, size, spacing));
    }
  });
});

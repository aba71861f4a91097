import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squaredDistances } from '../../core/distance-transform.ts';

describe('squaredDistances', () => {
  it('measures in millimetres along each axis', () => {
    // A single feature at (0, 0, 0) of a 2×2×2 grid with voxels of 3×4×12 mm: 3² = 9, 4² = 16, 12² = 144 and their sums.
    const found = squaredDistances([1, 0, 0, 0, 0, 0, 0, 0], [2, 2, 2], [3, 4, 12]);
    expect([...found]).toEqual([0, 9, 16, 25, 144, 153, 160, 169]);
  });

  it('takes the nearest of several features', () => {
    expect([...squaredDistances([0, 1, 0, 0, 0, 0, 1], [7, 1, 1], [2, 1, 1])]).toEqual([4, 0, 4, 16, 16, 4, 0]);
  });

  it('is infinite without a feature', () => {
    expect([...squaredDistances([0, 0], [2, 1, 1], [1, 1, 1])]).toEqual([Infinity, Infinity]);
  });

  it('agrees with trying every feature, on any grid', () => {
    const side = fc.integer({ min: 1, max: 6 });
    const step = fc.double({ min: 0.1, max: 9, noNaN: true });
    const any = fc.tuple(side, side, side).chain((size) =>
      fc.record({
        size: fc.constant(size),
        spacing: fc.tuple(step, step, step),
        mask: fc.array(fc.boolean(), {
          minLength: size[0] * size[1] * size[2],
          maxLength: size[0] * size[1] * size[2],
        }),
      }),
    );
    fc.assert(
      fc.property(any, ({ size, spacing, mask }) => {
        const features = Uint8Array.from(mask, Number);
        const at = (i: number): [number, number, number] => [
          (i % size[0]) * spacing[0],
          (Math.floor(i / size[0]) % size[1]) * spacing[1],
          Math.floor(i / (size[0] * size[1])) * spacing[2],
        ];
        squaredDistances(features, size, spacing).forEach((squared, i) => {
          let nearest = Infinity;
          features.forEach((value, j) => {
            if (value)
              nearest = Math.min(
                nearest,
                at(i).reduce((sum, mm, axis) => sum + (mm - at(j)[axis]!) ** 2, 0),
              );
          });
          if (nearest === Infinity) expect(squared).toBe(Infinity);
          else expect(Math.abs(squared - nearest)).toBeLessThanOrEqual(1e-9 * (1 + nearest));
        });
      }),
      { numRuns: 150 },
    );
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { percentile } from '../../../adapters/segmenter/percentile.ts';

describe('percentile', () => {
  test.each([
    // Of 1, 2, 4, 8 the ranks are 0 to 3: 50 % is halfway between 2 and 4, 5 % 0.15 from 1 to 2, 95 % 0.85 from 4 to 8.
    [[8, 1, 4, 2], 50, 3],
    [[8, 1, 4, 2], 5, 1.15],
    [[8, 1, 4, 2], 95, 7.4],
    [[8, 1, 4, 2], 0, 1],
    [[8, 1, 4, 2], 100, 8],
    [[7], 33, 7],
  ])('of %j at %d is %d', (values, percent, expected) => {
    expect(percentile(Float32Array.from(values), percent)).toBeCloseTo(expected, 12);
  });

  test('is that of sorted values, whatever their order and however many are alike', () => {
    const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.float({ noNaN: true, noDefaultInfinity: true }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 0, max: 100 }),
        (list, percent) => {
          const sorted = Float32Array.from(list).sort();
          const rank = (percent / 100) * (sorted.length - 1);
          const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
          const expected = low + (high - low) * (rank - Math.floor(rank));
          expect(percentile(Float32Array.from(list), percent) - expected).toBeCloseTo(0, 12);
        },
      ),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestAssignment } from '../../core/assignment.ts';

/** The best sum by trying everything. */
function bestSum(gains: number[][], columns: number, row = 0, taken = new Set<number>()): number {
  if (row === gains.length) return 0;
  let best = bestSum(gains, columns, row + 1, taken);
  for (let column = 0; column < columns; column++) {
    if (taken.has(column)) continue;
    best = Math.max(best, gains[row]![column]! + bestSum(gains, columns, row + 1, new Set([...taken, column])));
  }
  return best;
}

describe('bestAssignment', () => {
  it('gives up the best single pair for a better whole', () => {
    // Greedy would take 0.9 and leave 0.1: 1.0 in all. Crossed over it is 0.8 + 0.7.
    const gains = [
      [0.9, 0.8],
      [0.7, 0.1],
    ];
    expect(bestAssignment(gains, 2)).toEqual([1, 0]);
  });

  it('leaves out pairs without gain, and copes with no rows or columns', () => {
    expect(bestAssignment([[0, 0.5], [0, 0.4], [0, 0]], 2)).toEqual([1, null, null]); // prettier-ignore
    expect(bestAssignment([[], []], 0)).toEqual([null, null]);
    expect(bestAssignment([], 3)).toEqual([]);
  });

  it('finds the largest sum, one-to-one', () => {
    const gain = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
    const matrix = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })).chain(([rows, columns]) =>
      fc.record({
        columns: fc.constant(columns),
        gains: fc.array(fc.array(gain, { minLength: columns, maxLength: columns }), {
          minLength: rows,
          maxLength: rows,
        }),
      }),
    );
    fc.assert(
      fc.property(matrix, ({ gains, columns }) => {
        const assigned = bestAssignment(gains, columns);
        const used = assigned.filter((column) => column !== null);
        expect(new Set(used).size).toBe(used.length);
        const sum = assigned.reduce<number>(
          (total, column, row) => total + (column === null ? 0 : gains[row]![column]!),
          0,
        );
        expect(sum).toBeCloseTo(bestSum(gains, columns), 9);
      }),
      { numRuns: 200 },
    );
  });
});

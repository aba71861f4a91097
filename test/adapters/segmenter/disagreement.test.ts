import { describe, expect, test } from 'vitest';
import { withSecondOpinion } from '../../../adapters/segmenter/disagreement.ts';
import type { Grid } from '../../../core/geometry.ts';
import type { StructureDoubt } from '../../../core/review.ts';
import type { Mask } from '../../../core/volume.ts';

/** One row of voxels of 1 mm, the first at `originMm`. */
function row(labels: number[], originMm = 0, spacingMm = 1): Mask {
  const grid: Grid = {
    size: [labels.length, 1, 1],
    spacingMm: [spacingMm, 1, 1],
    originLpsMm: [originMm, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  return { grid, element: 'SHORT', voxels: Int16Array.from(labels) };
}

const times = (label: number, count: number) => Array.from({ length: count }, () => label);

/** Every structure of a mask with the same doubt. */
function doubtsOf({ voxels }: Mask, doubt: number): StructureDoubt[] {
  const labels = [...new Set(voxels)].filter((label) => label !== 0);
  return labels.map((label) => ({ label, voxels: voxels.filter((each) => each === label).length, doubt }));
}

function secondDoubts(mask: Mask, other: Mask, before = 0): Record<number, number> {
  return Object.fromEntries(
    withSecondOpinion(doubtsOf(mask, before), mask, other).map((each) => [each.label, each.doubt]),
  );
}

describe('a second opinion', () => {
  test('that is the same under other numbers adds nothing', () => {
    const own = row([...times(1, 10), ...times(201, 4), ...times(100, 6)]);
    expect(secondDoubts(own, row([...times(102, 10), ...times(205, 4), ...times(100, 6)]), 0.25)).toEqual({
      1: 0.25,
      201: 0.25,
      100: 0.25,
    });
  });

  test('adds the more the less the two overlap, joined with the doubt that was there', () => {
    // Of 10 voxels 7 are shared by 10: Dice 0.7, reason 0.9 · (0.88 - 0.7) / 0.38 = 0.4263.
    const own = row([...times(1, 10), ...times(0, 10)]);
    const moved = row([...times(0, 3), ...times(1, 10), ...times(0, 7)]);
    expect(secondDoubts(own, moved)[1]).toBeCloseTo((0.9 * 0.18) / 0.38, 6);
    expect(secondDoubts(own, moved, 0.5)[1]).toBeCloseTo(1 - 0.5 * (1 - (0.9 * 0.18) / 0.38), 6);
  });

  test('a structure that only one of the two has: itself, or its neighbour of the same class', () => {
    const own = row([...times(1, 10), ...times(201, 4), ...times(0, 20)]);
    const others = row([...times(1, 10), ...times(0, 4), ...times(2, 10), ...times(3, 10)]);
    const doubts = secondDoubts(own, others);
    // The other has no disc there; above vertebra 1 it has a vertebra 2 (the 3 is next to no vertebra that both have).
    expect(doubts[201]).toBeCloseTo(0.9, 6);
    expect(doubts[1]).toBeCloseTo(0.6, 6);
  });

  test('says nothing of what lies outside its image, and is read through patient space', () => {
    // The other begins 8 mm further on, in voxels of 2 mm: of vertebra 1 (0–9 mm) 2 of 10 voxels lie in it, of vertebra 2 all.
    const own = row([...times(1, 10), ...times(2, 10)]);
    const others = row([0, ...times(1, 5)], 8.5, 2);
    expect(secondDoubts(own, others, 0.25)).toEqual({ 1: 0.25, 2: 0.25 });
  });

  test('a structure without voxels keeps its doubt', () => {
    const own = row(times(1, 4));
    const missing = [{ label: 201, voxels: 0, doubt: 0.5 }];
    expect(withSecondOpinion(missing, own, own)).toEqual(missing);
  });
});

import { describe, expect, it } from 'vitest';
import { midSagittalSlice } from '../../core/mid-sagittal.ts';
import { sliceValues } from '../../core/plane-slice.ts';
import type { Mask } from '../../core/volume.ts';

/**
 * A sagittal plane of 2 columns (front, back) and 3 rows (head first): [1, 2], [3, 100], [5, 6] in the middle of three planes,
 * the outer two empty.
 */
const PLANE = [
  [1, 2],
  [3, 100],
  [5, 6],
];

/** The plane laid into a volume whose index axes are given by the LPS axis and sign they follow. */
function laid(axes: readonly (readonly [0 | 1 | 2, 1 | -1])[]): Mask {
  const extent = [3, 2, 3]; // across, front to back, feet to head
  const size = axes.map(([lps]) => extent[lps]!) as [number, number, number];
  const voxels = new Int16Array(18);
  PLANE.forEach((row, fromHead) =>
    row.forEach((label, fromFront) => {
      const lps = [1, fromFront, 2 - fromHead];
      const index = axes.map(([axis, sign]) => (sign > 0 ? lps[axis]! : extent[axis]! - 1 - lps[axis]!));
      voxels[index[0]! + size[0] * (index[1]! + size[1] * index[2]!)] = label;
    }),
  );
  const direction = new Array<number>(9).fill(0);
  axes.forEach(([lps, sign], at) => (direction[3 * lps + at] = sign));
  const spacing = axes.map(([lps]) => [3, 0.5, 0.7][lps]!) as [number, number, number];
  return {
    grid: {
      size,
      spacingMm: spacing,
      originLpsMm: [0, 0, 0],
      direction: direction as unknown as Mask['grid']['direction'],
    },
    element: 'SHORT',
    voxels,
  };
}

describe('midSagittalSlice', () => {
  it.each([
    [
      'LPS',
      [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
    ],
    [
      'PIR',
      [
        [1, 1],
        [2, -1],
        [0, -1],
      ],
    ],
    [
      'SAR',
      [
        [2, 1],
        [1, -1],
        [0, -1],
      ],
    ],
    [
      'ILA',
      [
        [2, -1],
        [0, 1],
        [1, -1],
      ],
    ],
  ] as const)('shows front at the left and head at the top, stored as %s', (_, axes) => {
    const mask = laid(axes);
    const slice = midSagittalSlice(mask);
    expect(slice).toMatchObject({ width: 2, height: 3, columnMm: 0.5, rowMm: 0.7 });
    expect([...sliceValues(mask.voxels, slice)]).toEqual(PLANE.flat());
  });

  it('takes the middle of the volume when there is nothing', () => {
    const mask = laid([[0, 1], [1, 1], [2, 1]]); // prettier-ignore
    const empty = { ...mask, voxels: new Int16Array(18) };
    // Index 1 of three across, the head's row first: 1 + 3·2·2.
    expect(midSagittalSlice(empty).first).toBe(13);
  });
});

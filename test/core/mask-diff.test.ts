import { describe, expect, it } from 'vitest';
import { diffMasks, mostChangedSlice } from '../../core/mask-diff.ts';
import { sliceValues } from '../../core/plane-slice.ts';
import type { Mask } from '../../core/volume.ts';
import { rowMask } from '../support/row-mask.ts';

/** Label before → label now, of every structure. */
const labels = (before: Mask, after: Mask) =>
  diffMasks(before, after).structures.map((each) => [each.before, each.after]);

describe('diffMasks', () => {
  it('counts what was redrawn, per structure', () => {
    const diff = diffMasks(rowMask(1, 1, 1, 1, 0, 100, 100), rowMask(1, 1, 1, 0, 0, 100, 100));
    // 6 and 5 voxels of foreground, 5 of them the same
    expect(diff).toMatchObject({ voxelsChanged: 1, voxelsRedrawn: 1, dice: 10 / 11, renumbered: [] });
    expect(diff.structures).toEqual([
      {
        class: 'vertebra',
        before: 1,
        after: 1,
        voxelsBefore: 4,
        voxelsAfter: 3,
        voxelsChanged: 1,
        dice: 6 / 7,
      },
      { class: 'canal', before: 100, after: 100, voxelsBefore: 2, voxelsAfter: 2, voxelsChanged: 0, dice: 1 },
    ]);
  });

  it('recognises a column that was numbered one too low', () => {
    const diff = diffMasks(
      rowMask(1, 1, 2, 2, 3, 3, 201, 201, 202, 202, 100),
      rowMask(2, 2, 3, 3, 4, 4, 202, 202, 203, 203, 100),
    );
    expect(diff).toMatchObject({ voxelsChanged: 10, voxelsRedrawn: 0, dice: 2 / 22 });
    expect(diff.renumbered).toEqual([
      { class: 'vertebra', first: 1, last: 3, shift: 1 },
      { class: 'disc', first: 201, last: 202, shift: 1 },
    ]);
    expect(diff.structures.map(({ dice }) => dice)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('recognises a run within a column, below it a vertebra that came in', () => {
    const before = rowMask(1, 1, 0, 0, 2, 2, 3, 3, 0);
    const after = rowMask(1, 1, 2, 2, 3, 3, 4, 4, 4);
    const diff = diffMasks(before, after);
    expect(labels(before, after)).toEqual([
      [1, 1],
      [null, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(diff.renumbered).toEqual([{ class: 'vertebra', first: 2, last: 3, shift: 1 }]);
    // The new vertebra and one voxel of what is now 4; the two others have only other names.
    expect(diff).toMatchObject({ voxelsChanged: 7, voxelsRedrawn: 3 });
  });

  it('recognises two labels that changed places', () => {
    const diff = diffMasks(rowMask(1, 1, 2, 2), rowMask(2, 2, 1, 1));
    expect(diff.renumbered).toEqual([
      { class: 'vertebra', first: 1, last: 1, shift: 1 },
      { class: 'vertebra', first: 2, last: 2, shift: -1 },
    ]);
  });

  it('takes no vertebra for a disc, and names what is gone', () => {
    expect(labels(rowMask(1, 1, 2, 2), rowMask(1, 1, 201, 201))).toEqual([
      [1, 1],
      [2, null],
      [null, 201],
    ]);
    // Swallowed: 2 lies in 1 now, which is still 1.
    const swallowed = diffMasks(rowMask(1, 1, 1, 1, 2, 2), rowMask(1, 1, 1, 1, 1, 1));
    expect(swallowed.structures).toMatchObject([
      { before: 1, after: 1, dice: 0.8 },
      { before: 2, after: null, voxelsAfter: 0, dice: 0 },
    ]);
    expect(swallowed).toMatchObject({ voxelsChanged: 2, voxelsRedrawn: 2 });
  });

  it('leaves a structure its label when it was drawn elsewhere', () => {
    expect(labels(rowMask(1, 1, 0, 0), rowMask(0, 0, 1, 1))).toEqual([[1, 1]]);
  });

  it('refuses masks on different grids', () => {
    expect(() => diffMasks(rowMask(1, 1), rowMask(1, 1, 1))).toThrow('size');
  });
});

describe('mostChangedSlice', () => {
  it('is the sagittal slice with most differing voxels', () => {
    // x runs to the left of the patient: three sagittal slices of 2 x 2 voxels.
    const grid: Mask['grid'] = {
      size: [3, 2, 2],
      spacingMm: [1, 1, 1],
      originLpsMm: [0, 0, 0],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
    };
    const mask = (...voxels: number[]): Mask => ({ grid, element: 'SHORT', voxels: Int16Array.from(voxels) });
    const before = mask(1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3);
    const after = mask(1, 2, 9, 1, 8, 3, 1, 8, 3, 1, 2, 3);
    expect([...sliceValues(before.voxels, mostChangedSlice(before, after))]).toEqual([2, 2, 2, 2]);
  });
});

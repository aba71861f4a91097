import { describe, expect, it } from 'vitest';
import { checkMask } from '../../../core/gates.ts';
import type { GateResult } from '../../../core/gate-result.ts';
import type { Mask } from '../../../core/volume.ts';
import { lumbarBlocks, type Block } from '../../support/lumbar-blocks.ts';

function failed(mask: Mask): GateResult[] {
  return checkMask(mask, mask.grid).filter(({ passed }) => !passed);
}

describe('one-component', () => {
  // In front of vertebra 2 (y 4–20), two voxels off: 20×2 a slice.
  const front = (z: [number, number]): Block => [2, [5, 24], [0, 1], z];

  it('flags a structure of which more than a tenth is apart, and proposes nothing', () => {
    // 14 slices: 560 voxels against 4420. Along y = 0 it would be cut by the edge, so one voxel further back.
    const [x, , z] = [[5, 24], null, [47, 60]] as [[number, number], null, [number, number]];
    const results = failed(lumbarBlocks([2, x, [1, 2], z], [0, x, [3, 3], z]));
    expect(results).toMatchObject([{ gate: 'one-component', measured: '2: 88.8 %', labels: [2] }]);
    expect(results[0]).not.toHaveProperty('fix');
    // 9 slices: 360 voxels, 92.5 % in one piece.
    expect(failed(lumbarBlocks([2, x, [1, 2], [47, 55]]))).toEqual([]);
  });

  it('excuses a vertebra that the edge cuts', () => {
    expect(failed(lumbarBlocks(front([47, 60])))).toEqual([]);
  });

  it('does not take for an arch what is apart from its body where the pedicles are in view', () => {
    const arch: Block = [3, [8, 21], [32, 36], [61, 73]]; // 910 voxels behind the canal: 82.9 % in one piece
    expect(failed(lumbarBlocks(arch))).toMatchObject([{ gate: 'one-component', measured: '3: 82.9 %' }]);
    // The same joined to the body by two pedicles beside the canal.
    const pedicles: Block[] = [
      [3, [8, 9], [21, 31], [65, 70]],
      [3, [20, 21], [21, 31], [65, 70]],
    ];
    expect(failed(lumbarBlocks(arch, ...pedicles))).toEqual([]);
  });
});

describe('no-stray-pieces', () => {
  it('flags a small piece far from its structure and proposes to remove it', () => {
    // 27 voxels of vertebra 1 (z 27–39) at z 112: 72 voxels or 144 mm above, 4 mm to the side.
    expect(failed(lumbarBlocks([1, [0, 2], [1, 3], [112, 114]]))).toEqual([
      {
        gate: 'no-stray-pieces',
        severity: 'flag',
        passed: false,
        measured: '1: 1 (up to 144 mm away)',
        expected: 'no piece more than 20 mm from its structure',
        labels: [1],
        fix: {
          kind: 'remove-pieces',
          labels: [1],
          voxels: 27,
          description: 'make 1 stray piece of 1 background (27 voxels)',
        },
      },
    ]);
  });

  it('lets a piece lie within 20 mm', () => {
    // Disc 201 ends at z 26 … 23–26; ten empty slices below it are 20 mm, eleven are 22.
    const below = (top: number): Block => [201, [5, 6], [4, 5], [top, top]];
    expect(failed(lumbarBlocks(below(12)))).toEqual([]);
    expect(failed(lumbarBlocks(below(11)))).toMatchObject([
      { gate: 'no-stray-pieces', labels: [201], fix: { voxels: 4 } },
    ]);
  });

  it('proposes nothing for a piece of more than a tenth', () => {
    // 10×10×6 = 600 voxels of 5020: 12 %.
    const results = failed(lumbarBlocks([1, [1, 10], [30, 38], [110, 117]]));
    expect(results.map(({ gate }) => gate)).toContain('no-stray-pieces');
    expect(results.every(({ fix }) => fix === undefined)).toBe(true);
  });

  it('proposes to remove a piece of canal beside the canal, not one in its line', () => {
    // Sideways: 9 voxels of x and 6 of y between, 18 and 12 mm, together 21.6.
    const beside: Block = [100, [0, 1], [36, 38], [40, 42]];
    expect(failed(lumbarBlocks(beside))).toMatchObject([
      { gate: 'no-stray-pieces', measured: '100: 1 (up to 22 mm away)', fix: { labels: [100], voxels: 18 } },
    ]);
    // The canal ends at z 10: below 11 empty slices, 22 mm, in line.
    const [below] = failed(lumbarBlocks([0, [11, 18], [23, 29], [10, 24]], [100, [13, 15], [25, 27], [12, 13]]));
    expect(below).toMatchObject({ gate: 'no-stray-pieces', labels: [100] });
    expect(below).not.toHaveProperty('fix');
  });
});

describe('canal-continuous', () => {
  it('flags a canal with a gap, and proposes nothing: what was there is not known', () => {
    // 101 slices less 4: 57 above the gap, 40 below: 58.8 %.
    const results = failed(lumbarBlocks([0, [11, 18], [23, 29], [50, 53]]));
    expect(results).toMatchObject([{ gate: 'canal-continuous', measured: '58.8 %', labels: [100] }]);
    expect(results[0]).not.toHaveProperty('fix');
  });
});

import { describe, expect, it } from 'vitest';
import { checkMask } from '../../../core/gates.ts';
import type { GateResult } from '../../../core/gate-result.ts';
import type { Mask } from '../../../core/volume.ts';
import { lumbarBlocks, relabelled, withSpacing } from '../../support/lumbar-blocks.ts';

function failed(mask: Mask): GateResult[] {
  return checkMask(mask, mask.grid).filter(({ passed }) => !passed);
}

function only(mask: Mask, gate: string): GateResult {
  return checkMask(mask, mask.grid).find((result) => result.gate === gate)!;
}

describe('a spine of natural size', () => {
  it('passes', () => {
    expect(failed(lumbarBlocks())).toEqual([]);
    expect(only(lumbarBlocks(), 'volume-plausible').measured).toBe('11 within');
    expect(only(lumbarBlocks(), 'height-plausible').measured).toBe('10 within');
    expect(only(lumbarBlocks(), 'spacing-plausible').measured).toBe('8 steps within');
  });
});

describe('volume-plausible', () => {
  it('flags a vertebra of a tenth of its size', () => {
    // Of vertebra 2 (x 5–24, y 4–20, z 44–56) 5×5×13 = 325 voxels are left: 2.6 cm³.
    const shrunken = lumbarBlocks([0, [5, 24], [4, 20], [44, 56]], [2, [12, 16], [10, 14], [44, 56]]);
    expect(failed(shrunken)).toMatchObject([
      { gate: 'volume-plausible', measured: '2: 2.6 cm³', expected: '2: 10-150 cm³', labels: [2], severity: 'flag' },
    ]);
  });

  it('flags what is too large by a wrong spacing', () => {
    // 3.4 mm instead of 2: 35.36 cm³ becomes 173.7, 10.88 becomes 53.5; the canal, 6.5 cm², is within.
    const result = only(withSpacing(lumbarBlocks(), [3.4, 3.4, 3.4]), 'volume-plausible');
    expect(result.labels).toEqual([1, 2, 3, 4, 5, 201, 202, 203, 204, 205]);
    expect(result.measured).toMatch(/^1: 173\.7 cm³, .*205: 53\.5 cm³$/);
  });

  it('flags a canal that is too thin or too wide', () => {
    // One voxel a slice is 0.04 cm²; 20×12 voxels are 9.6 cm².
    const none: [number, [number, number], [number, number], [number, number]] = [0, [11, 18], [23, 29], [10, 110]];
    expect(failed(lumbarBlocks(none, [100, [14, 14], [26, 26], [10, 110]]))).toMatchObject([
      { gate: 'volume-plausible', measured: '100: 0 cm²', expected: '100: 0.4-8 cm²', labels: [100] },
    ]);
    expect(failed(lumbarBlocks([100, [5, 24], [22, 33], [10, 110]]))).toMatchObject([
      { gate: 'volume-plausible', measured: '100: 9.6 cm²' },
    ]);
  });

  it('lets the topmost and what reaches a face be smaller, not larger', () => {
    const top = lumbarBlocks([0, [5, 24], [4, 20], [95, 107]], [5, [12, 16], [10, 14], [95, 107]]);
    expect(failed(top)).toEqual([]);
    // Central slices: the same spine cut to x 12–16, where everything reaches both sides.
    const whole = lumbarBlocks();
    const voxels = whole.voxels.filter((_, at) => at % 30 >= 12 && at % 30 <= 16);
    const slab: Mask = { ...whole, grid: { ...whole.grid, size: [5, 40, 120] }, voxels };
    expect(failed(slab)).toEqual([]);
    expect(only(withSpacing(slab, [40, 2, 2]), 'volume-plausible').labels).toContain(1);
  });
});

describe('height-plausible', () => {
  it('flags a collapsed vertebra', () => {
    // 2 of 13 slices: 4 mm high; 5.4 cm³ are too little as well.
    const flat = lumbarBlocks([0, [5, 24], [4, 20], [44, 49]], [0, [5, 24], [4, 20], [52, 56]]);
    expect(failed(flat)).toMatchObject([
      { gate: 'volume-plausible', measured: '2: 5.4 cm³' },
      { gate: 'height-plausible', measured: '2: 4 mm', expected: '2: 6-45 mm', labels: [2] },
    ]);
  });

  it('flags what is too high or too low by a wrong spacing', () => {
    // Along z 7.6 mm: discs 30.4, vertebrae 98.8.
    expect(only(withSpacing(lumbarBlocks(), [1, 1, 7.6]), 'height-plausible').labels).toHaveLength(10);
    // 0.25 mm: discs 1 mm, vertebrae 3.25; the topmost of either may be lower.
    expect(only(withSpacing(lumbarBlocks(), [4, 4, 0.25]), 'height-plausible').labels).toEqual([
      1, 2, 3, 4, 201, 202, 203, 204,
    ]);
  });

  it('takes the mean over the footprint, so that a tilted disc is not a high one', () => {
    // Disc 203 as a staircase: 20 columns of x, each 2 voxels (4 mm) high, rising by one voxel every 10: 6 mm from bottom to top.
    const stairs = lumbarBlocks(
      [0, [5, 24], [4, 20], [57, 60]],
      [203, [5, 14], [4, 20], [57, 58]],
      [203, [15, 24], [4, 20], [58, 59]],
    );
    expect(only(withSpacing(stairs, [2, 2, 0.5]), 'height-plausible').measured).toContain('203: 1 mm');
  });
});

describe('spacing-plausible', () => {
  it('flags the step over a vertebra that is missing', () => {
    // Vertebra 4 is gone and 5 is called 4: steps of 34, 34 and 68 mm.
    const result = only(relabelled(lumbarBlocks(), { 4: 0, 5: 4 }), 'spacing-plausible');
    expect(result).toMatchObject({
      passed: false,
      measured: '3 to 4: 68 mm',
      expected: '12-70 mm and 0.5-1.6 of the median step',
      labels: [4],
    });
  });

  it('flags the short step between two halves of one vertebra', () => {
    // Vertebra 2, z 44–56, its lower 6 slices still 2, its upper 7 called 3; what was 3, 4, 5 becomes 4, 5, 6: 13 mm.
    const halved = relabelled(lumbarBlocks([10, [5, 24], [4, 20], [50, 56]]), { 10: 3, 3: 4, 4: 5, 5: 6 });
    expect(only(halved, 'spacing-plausible')).toMatchObject({ measured: '2 to 3: 13 mm', labels: [3] });
  });

  it('is about the classes that were annotated', () => {
    const gap = relabelled(lumbarBlocks(), { 4: 0, 5: 4 });
    const discs = checkMask(gap, gap.grid, { annotatedClasses: ['disc'] });
    expect(discs.find(({ gate }) => gate === 'spacing-plausible')).toMatchObject({ passed: true });
  });
});

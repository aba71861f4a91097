import { describe, expect, it } from 'vitest';
import type { Grid, Vec3 } from '../../core/geometry.ts';
import { estimateShift, shareMovedOff } from '../../core/misalignment.ts';
import type { Mask } from '../../core/volume.ts';
import { centredGrid, spineImage, spineMask, T1, T2 } from '../support/sampled-spine.ts';

const STILL: Vec3 = [0, 0, 0];
// Isotropic, as SPACE: x to the left, y to the back, z to the head.
const SPACE = centredGrid([40, 70, 110], [2, 1.8, 1.8], [1, 0, 0, 0, 1, 0, 0, 0, 1]);
// Sagittal slices 4 mm apart: x to the back, y to the feet, z to the right (PIR); and the same leaning and left-handed.
const SAGITTAL = centredGrid([90, 130, 14], [1.4, 1.4, 4], [0, 0, -1, 1, 0, 0, 0, -1, 0]);
const [c, s] = [Math.cos(0.1), Math.sin(0.1)];
const LEANING = centredGrid([90, 130, 14], [1.4, 1.4, 4], [0, 0, 1, c, s, 0, s, -c, 0]);
// The slices across x, stored first.
const ACROSS_X = centredGrid([14, 90, 130], [4, 1.4, 1.4], [1, 0, 0, 0, 1, 0, 0, 0, 1]);

const space = spineImage(SPACE, T2, STILL);
const mask = spineMask(SPACE);

describe('estimateShift', () => {
  const CASES: [string, Grid, typeof T1, Vec3][] = [
    ['none, T1', SAGITTAL, T1, [0, 0, 0]],
    ['none, T2', SAGITTAL, T2, [0, 0, 0]],
    ['along the spine, T1', SAGITTAL, T1, [0, 0, 13]],
    ['in all directions, T1', SAGITTAL, T1, [3, -5, 8]],
    ['in all directions, T2', SAGITTAL, T2, [-4, 6, -15]],
    ['on a leaning left-handed grid, T1', LEANING, T1, [2, 7, -6]],
    ['with the slices stored first, T1', ACROSS_X, T1, [-6, -4, 10]],
  ];
  it.each(CASES)('finds a shift: %s', (_, grid, contrast, shiftMm) => {
    const found = estimateShift(mask, space, spineImage(grid, contrast, shiftMm));
    const error = found?.shiftMm.map((mm, axis) => mm - shiftMm[axis]!);
    expect(Math.hypot(...error!)).toBeLessThan(1);
    expect(found!.agreement).toBeGreaterThan(0.4);
    if (Math.hypot(...shiftMm) > 5) expect(found!.agreementUnshifted).toBeLessThan(found!.agreement - 0.1);
  });

  it('knows of nothing to compare in an empty mask, a target elsewhere and an image without edges', () => {
    const target = spineImage(SAGITTAL, T1, STILL);
    expect(estimateShift({ ...mask, voxels: new Int16Array(mask.voxels.length) }, space, target)).toBeUndefined();
    const far: Grid = { ...SAGITTAL, originLpsMm: [500, 500, 500] };
    expect(estimateShift(mask, space, { ...target, grid: far })).toBeUndefined();
    expect(estimateShift(mask, space, { ...target, voxels: target.voxels.map(() => 7) })).toBeUndefined();
  });

  it('finds little agreement between a spine and noise', () => {
    const flat = { vertebra: 500, disc: 500, canal: 500, elsewhere: 500 };
    expect(estimateShift(mask, space, spineImage(SAGITTAL, flat, STILL))!.agreement).toBeLessThan(0.15);
  });
});

describe('shareMovedOff', () => {
  // One row of 8 voxels of 2 mm along x, leftwards: 0 1 1 1 1 2 2 0.
  const row: Mask = {
    grid: { size: [8, 1, 1], spacingMm: [2, 1, 1], originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
    element: 'SHORT',
    voxels: Int16Array.from([0, 1, 1, 1, 1, 2, 2, 0]),
  };

  it('is 1 - Dice of the labels with themselves, moved', () => {
    expect(shareMovedOff(row, [0, 0, 0])).toBe(0);
    // One voxel on: 1 stays 1 at three places, 2 stays 2 at one: 4 of 6.
    expect(shareMovedOff(row, [2, 0, 0])).toBeCloseTo(1 - 4 / 6, 12);
    expect(shareMovedOff(row, [-2, 0, 0])).toBeCloseTo(1 - 4 / 6, 12);
    // Two voxels on: 1 at two places.
    expect(shareMovedOff(row, [4, 0, 0])).toBeCloseTo(1 - 2 / 6, 12);
    expect(shareMovedOff(row, [0, 3, 0])).toBe(1);
    // Less than half a voxel.
    expect(shareMovedOff(row, [0.9, 0.4, 0])).toBe(0);
    expect(shareMovedOff({ ...row, voxels: new Int16Array(8) }, [2, 0, 0])).toBe(0);
  });

  it('goes along the grid’s own axes', () => {
    const downwards: Mask = { ...row, grid: { ...row.grid, direction: [0, 1, 0, 0, 0, 1, -1, 0, 0] } };
    expect(shareMovedOff(downwards, [0, 0, -4])).toBeCloseTo(1 - 2 / 6, 12);
  });
});

import { describe, expect, it } from 'vitest';
import { MISALIGNED_FROM, propagateMask } from '../../adapters/propagation.ts';
import type { Vec3 } from '../../core/geometry.ts';
import { makePhantomPatient } from '../../infra/phantom/cohort.ts';
import { centredGrid, spineImage, spineMask, T1, T2 } from '../support/sampled-spine.ts';

const LPS = [1, 0, 0, 0, 1, 0, 0, 0, 1] as const;
const SPACE = centredGrid([30, 50, 80], [2.6, 2.4, 2.4], [...LPS]);
const SAGITTAL = centredGrid([60, 90, 14], [2, 2, 4], [0, 0, -1, 1, 0, 0, 0, -1, 0]);
const sourceImage = spineImage(SPACE, T2, [0, 0, 0]);
const mask = spineMask(SPACE);

describe('propagateMask', () => {
  it('puts the mask on the target grid, where the headers say', async () => {
    const carried = await propagateMask({ mask, sourceImage, targetImage: spineImage(SAGITTAL, T1, [0, 0, 0]) });
    expect(carried.mask.grid).toEqual(SAGITTAL);
    const drawn = spineMask(SAGITTAL);
    const differ = drawn.voxels.reduce((sum, label, i) => sum + (label === carried.mask.voxels[i] ? 0 : 1), 0);
    expect(differ / drawn.voxels.filter((label) => label > 0).length).toBeLessThan(0.15);
    expect(carried.misalignment).toBeLessThan(MISALIGNED_FROM / 2);
  });

  it('scores a patient who moved the higher the farther, and leaves the mask where it was', async () => {
    const scores: number[] = [];
    const still = await propagateMask({ mask, sourceImage, targetImage: spineImage(SAGITTAL, T1, [0, 0, 0]) });
    for (const shiftMm of [
      [0, 0, 5],
      [2, 4, 8],
      [4, -6, 14],
    ] as Vec3[]) {
      const carried = await propagateMask({ mask, sourceImage, targetImage: spineImage(SAGITTAL, T1, shiftMm) });
      expect(Math.hypot(...carried.shiftMm.map((mm, axis) => mm - shiftMm[axis]!))).toBeLessThan(1.5);
      expect(carried.mask.voxels).toEqual(still.mask.voxels);
      scores.push(carried.misalignment);
    }
    expect(scores[0]).toBeGreaterThan(MISALIGNED_FROM);
    expect(scores).toEqual([...scores].sort((a, b) => a - b));
  });

  it('calls images that can’t be compared misaligned, but not an empty mask', async () => {
    const targetImage = spineImage(SAGITTAL, { vertebra: 500, disc: 500, canal: 500, elsewhere: 500 }, [0, 0, 0]);
    expect((await propagateMask({ mask, sourceImage, targetImage })).misalignment).toBe(1);
    const empty = { ...mask, voxels: new Int16Array(mask.voxels.length) };
    expect((await propagateMask({ mask: empty, sourceImage, targetImage })).misalignment).toBe(0);
  });

  it('tells the series of a phantom patient that was made after a move from the one before it', async () => {
    const { series } = makePhantomPatient({ preset: 'demo', seed: 1, patient: 1 });
    const space = series.find(({ sequence }) => sequence === 't2_SPACE')!;
    expect(series.map(({ misaligned }) => misaligned)).toEqual([false, true, false]);
    for (const { sequence, image, movedMm, misaligned } of series) {
      if (sequence === 't2_SPACE') continue;
      const carried = await propagateMask({ mask: space.truth, sourceImage: space.image, targetImage: image });
      expect(carried.misalignment >= MISALIGNED_FROM, sequence).toBe(misaligned);
      expect(Math.hypot(...carried.shiftMm.map((mm, axis) => mm - movedMm[axis]!))).toBeLessThan(1);
    }
  });
});

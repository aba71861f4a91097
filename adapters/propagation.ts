import type { Vec3 } from '../core/geometry.ts';
import { estimateShift, shareMovedOff } from '../core/misalignment.ts';
import type { Mask, Volume } from '../core/volume.ts';
import { resampleToGrid } from './resample.ts';

/** Below this agreement of edges a shift is a guess; images of one patient agree by 0.4 and more, of two by 0.1 to 0.35. */
const LEAST_AGREEMENT = 0.2;

export interface PropagatedMask {
  /** On the target's grid, where the headers put it: an estimated shift is reported, never applied. */
  mask: Mask;
  /**
   * 0 to 1: the share of the mask that lies wrong if the patient moved by `shiftMm` between the images (1 - Dice with itself
   * moved). 1 also when the images can't be compared around the mask. From MISALIGNED_FROM on it wants a look before use.
   */
  misalignment: number;
  /** Where the target's anatomy lies against the source's (LPS, mm); to put the mask right, move it by this. */
  shiftMm: Vec3;
}

/** A mask of which a fifth would lie wrong: vertebrae that are some 3 mm off. */
export const MISALIGNED_FROM = 0.2;

/**
 * Carries a mask over to another image of the study (SPACE → T1 or T2), by nearest neighbour on the scanner's coordinates, and
 * estimates from the two images how far the patient moved in between (core/misalignment.ts).
 * `sourceImage` is the image the mask was drawn on. An empty mask stays empty, with misalignment 0.
 */
export async function propagateMask(input: {
  mask: Mask;
  sourceImage: Volume;
  targetImage: Volume;
}): Promise<PropagatedMask> {
  const { mask, sourceImage, targetImage } = input;
  const carried = (await resampleToGrid(mask, targetImage.grid, 'nearest')) as Mask;
  if (!mask.voxels.some((label) => label !== 0)) return { mask: carried, misalignment: 0, shiftMm: [0, 0, 0] };
  const shift = estimateShift(mask, sourceImage, targetImage);
  if (shift === undefined || shift.agreement < LEAST_AGREEMENT) {
    return { mask: carried, misalignment: 1, shiftMm: [0, 0, 0] };
  }
  return { mask: carried, misalignment: shareMovedOff(mask, shift.shiftMm), shiftMm: shift.shiftMm };
}

import { EdgeField, edgePoints, latticeRegion } from './edge-field.ts';
import type { Vec3 } from './geometry.ts';
import { ShiftSearch } from './shift-search.ts';
import type { Mask, Volume } from './volume.ts';

/** Fewer points with an edge than this tell nothing. */
const MIN_POINTS = 200;

export interface ShiftEstimate {
  /** How far the target's anatomy lies from where the headers say (LPS, mm): target point = source point + shift. */
  shiftMm: Vec3;
  /** Agreement of the edges at that shift, and without any: -1 to 1. */
  agreement: number;
  agreementUnshifted: number;
}

/**
 * Estimates how far a patient lay shifted between two images of different contrast, around a mask drawn on the source.
 *   1. Both images are read on one lattice along the target's axes (core/edge-field.ts); what is compared is the double angle of
 *      the in-plane gradient, so that an edge from dark to bright equals one from bright to dark, whatever the contrasts are.
 *   2. Agreement is the normalised correlation over the target's points near the mask. Every translation within
 *      SHIFT_RANGE_MM is tried coarsely, the best ones finely, and the peak is placed between lattice points.
 *   3. Rotation is not sought: a patient who turned shows as a shift and as low agreement.
 * Undefined when the mask is empty, or when too little of what surrounds it lies in the target.
 */
export function estimateShift(mask: Mask, source: Volume, target: Volume): ShiftEstimate | undefined {
  const region = latticeRegion(mask, target.grid);
  if (region === undefined) return undefined;
  const points = edgePoints(target, region);
  if (points.at.length < MIN_POINTS) return undefined;
  return new ShiftSearch(points, new EdgeField(source, region), region).best();
}

/**
 * What share of a mask would be wrong if it lay off by a shift: 1 - Dice of the mask with itself moved by it (to the nearest
 * voxel), over all labels together. 0 for no shift and for an empty mask; 1 when nothing stays in place.
 */
export function shareMovedOff(mask: Mask, shiftMm: Vec3): number {
  const { direction: d, spacingMm, size } = mask.grid;
  const step = [0, 1, 2].map((axis) => {
    const mm = d[axis]! * shiftMm[0] + d[3 + axis]! * shiftMm[1] + d[6 + axis]! * shiftMm[2];
    return Math.round(mm / spacingMm[axis]!);
  });
  const [nx, ny, nz] = size;
  let labelled = 0;
  let kept = 0;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const label = mask.voxels[at]!;
        if (label === 0) continue;
        labelled++;
        const [u, v, w] = [x + step[0]!, y + step[1]!, z + step[2]!];
        if (u < 0 || v < 0 || w < 0 || u >= nx || v >= ny || w >= nz) continue;
        if (mask.voxels[u + nx * (v + ny * w)] === label) kept++;
      }
    }
  }
  return labelled === 0 ? 0 : 1 - kept / labelled;
}

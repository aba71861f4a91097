import { z } from 'zod';
import { squaredDistances } from './distance-transform.ts';
import { Digest, PatientId, ReviewerName, SeriesId } from './ids.ts';
import { InvalidInputError } from './invalid-input.ts';
import { STRUCTURE_CLASSES, structureClass, type StructureClass } from './labels.ts';
import { sameGrid } from './orientation.ts';
import { boxSize, type Box, type Index3 } from './structures.ts';
import type { Mask } from './volume.ts';

/**
 * The anchoring-bias meter, measured: one series that a reviewer corrected from a model's proposal and that another one, who never saw
 * the proposal, drew from nothing. docs/bias.md derives the estimate that is made of these (core/bias-report.ts).
 */

/** Differences are counted beyond so many millimetres of the proposal's border; 0 counts all. */
export const TOLERANCES_MM = [0, 1, 2] as const;
export type ToleranceMm = (typeof TOLERANCES_MM)[number];

/** How far two readings of one structure class lie from the proposal, in mm³. */
export const Departure = z.object({
  class: z.enum(STRUCTURE_CLASSES),
  toleranceMm: z.number().nonnegative(),
  /** What the correction has and the proposal has not, and the other way round. */
  correctedMm3: z.number().nonnegative(),
  /** The same of the blinded drawing. */
  blindedMm3: z.number().nonnegative(),
});
export type Departure = z.infer<typeof Departure>;

/** One blinded control. */
export const BiasControl = z.object({
  series: SeriesId,
  patient: PatientId,
  round: z.int().nonnegative(),
  modelDigest: Digest.nullable(),
  proposal: Digest,
  corrected: Digest,
  blinded: Digest,
  correctedBy: ReviewerName.nullable(),
  blindedBy: ReviewerName.nullable(),
  departures: z.array(Departure),
});
export type BiasControl = z.infer<typeof BiasControl>;

/**
 * Measures how far a correction and a blinded drawing depart from the proposal, for each class and each of `TOLERANCES_MM`. A class is
 * taken as one shape, whatever its labels: a wrong numbering is no departure. A voxel lies beyond a tolerance when the middle of the
 * proposal's border voxel gap nearest to it is farther than that: half a voxel of the finest spacing before the nearest centre on
 * the other side. Where a class is missing in the proposal every voxel is beyond.
 * Throws InvalidInputError when the grids differ.
 */
export function departuresOf(
  proposal: Mask,
  corrected: Mask,
  blinded: Mask,
  classes: readonly StructureClass[],
): Departure[] {
  for (const [name, mask] of [
    ['correction', corrected],
    ['blinded drawing', blinded],
  ] as const) {
    const grids = sameGrid(proposal.grid, mask.grid);
    if (!grids.same) throw new InvalidInputError(name, grids.field, grids.expected, grids.got);
  }
  return STRUCTURE_CLASSES.filter((name) => classes.includes(name)).flatMap((name) =>
    classDepartures(name, proposal, corrected, blinded),
  );
}

function classDepartures(own: StructureClass, proposal: Mask, corrected: Mask, blinded: Mask): Departure[] {
  const { spacingMm } = proposal.grid;
  const voxelMm3 = spacingMm[0] * spacingMm[1] * spacingMm[2];
  const belongs = Uint8Array.from({ length: 256 }, (_, label) => (structureClass(label) === own ? 1 : 0));
  const box = boxAround([proposal, corrected, blinded], belongs);
  const voxels = { corrected: TOLERANCES_MM.map(() => 0), blinded: TOLERANCES_MM.map(() => 0) };
  if (box) {
    const [p, c, b] = [proposal, corrected, blinded].map((mask) => cropped(mask, box, belongs)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    const size = boxSize(box);
    const outside = p.map((inside) => 1 - inside);
    const [toShape, toRest] = [squaredDistances(p, size, spacingMm), squaredDistances(outside, size, spacingMm)];
    const halfMm = Math.min(...spacingMm) / 2;
    for (let at = 0; at < p.length; at++) {
      if (p[at] === c[at] && p[at] === b[at]) continue;
      const depthMm = Math.sqrt(p[at] === 1 ? toRest[at]! : toShape[at]!) - halfMm;
      for (const [i, toleranceMm] of TOLERANCES_MM.entries()) {
        if (depthMm <= toleranceMm && toleranceMm > 0) continue;
        if (c[at] !== p[at]) voxels.corrected[i]!++;
        if (b[at] !== p[at]) voxels.blinded[i]!++;
      }
    }
  }
  return TOLERANCES_MM.map((toleranceMm, i) => ({
    class: own,
    toleranceMm,
    correctedMm3: voxels.corrected[i]! * voxelMm3,
    blindedMm3: voxels.blinded[i]! * voxelMm3,
  }));
}

/** The box around every voxel of the class in any of the masks, wider by one voxel, so that a border is a border; null for none. */
function boxAround(masks: readonly Mask[], belongs: Uint8Array): Box | null {
  const [nx, ny, nz] = masks[0]!.grid.size;
  const min: Index3 = [nx, ny, nz];
  const max: Index3 = [-1, -1, -1];
  for (const { voxels } of masks) {
    for (let z = 0, at = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        for (let x = 0; x < nx; x++, at++) {
          if (belongs[voxels[at]!] !== 1) continue;
          if (x < min[0]) min[0] = x;
          if (x > max[0]) max[0] = x;
          if (y < min[1]) min[1] = y;
          if (y > max[1]) max[1] = y;
          if (z < min[2]) min[2] = z;
          max[2] = Math.max(max[2], z);
        }
      }
    }
  }
  if (max[0] < 0) return null;
  const last = [nx - 1, ny - 1, nz - 1];
  return {
    min: min.map((n) => Math.max(0, n - 1)) as Index3,
    max: max.map((n, axis) => Math.min(last[axis]!, n + 1)) as Index3,
  };
}

function cropped({ voxels, grid }: Mask, box: Box, belongs: Uint8Array): Uint8Array {
  const [nx, ny] = grid.size;
  const [bx, by, bz] = boxSize(box);
  const crop = new Uint8Array(bx * by * bz);
  for (let z = 0, to = 0; z < bz; z++) {
    for (let y = 0; y < by; y++) {
      let from = box.min[0] + nx * (box.min[1] + y + ny * (box.min[2] + z));
      for (let x = 0; x < bx; x++, to++, from++) crop[to] = belongs[voxels[from]!] ?? 0;
    }
  }
  return crop;
}

import { z } from 'zod';
import { squaredDistances } from './distance-transform.ts';

/** A measure that may have no value; then it says why. */
export const Measure = z.discriminatedUnion('defined', [
  z.object({ defined: z.literal(true), value: z.number() }),
  z.object({ defined: z.literal(false), reason: z.string() }),
]);
export type Measure = z.infer<typeof Measure>;

/**
 * What counts as the surface, since results differ by up to 30 % between definitions:
 *   `spider`: voxels of the mask with a voxel outside it among their 26 neighbours (the SPIDER authors' evaluation);
 *   `medpy`: the same among their 6 face neighbours (MedPy 0.5).
 * In both, what lies beyond the edge of the volume is outside.
 */
export type SurfaceDefinition = 'spider' | 'medpy';

const FACES = [
  [-1, 0, 0],
  [1, 0, 0],
  [0, -1, 0],
  [0, 1, 0],
  [0, 0, -1],
  [0, 0, 1],
] as const;
const ALL = [-1, 0, 1]
  .flatMap((dz) => [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dx, dy, dz] as const)))
  .filter(([dx, dy, dz]) => dx !== 0 || dy !== 0 || dz !== 0);

/** The surface voxels of a binary volume (x fastest), as 1 and 0. */
export function surfaceVoxels(
  mask: Uint8Array,
  size: readonly [number, number, number],
  definition: SurfaceDefinition = 'spider',
): Uint8Array {
  const [nx, ny, nz] = size;
  const neighbours = definition === 'spider' ? ALL : FACES;
  const offsets = neighbours.map(([dx, dy, dz]) => dx + nx * (dy + ny * dz));
  const surface = new Uint8Array(mask.length);
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (mask[at] === 0) continue;
        const edge = x === 0 || y === 0 || z === 0 || x === nx - 1 || y === ny - 1 || z === nz - 1;
        // At the edge of the volume some neighbour always lies beyond it, and that one is outside.
        if (edge || offsets.some((offset) => mask[at + offset] === 0)) surface[at] = 1;
      }
    }
  }
  return surface;
}

/**
 * The average absolute surface distance (mm) of two binary volumes on one grid: from every surface voxel of either to the
 * nearest surface voxel of the other, both directions put together and then averaged. Undefined when either is empty.
 * Cropping both to a box around them changes nothing.
 */
export function averageSurfaceDistance(
  a: Uint8Array,
  b: Uint8Array,
  size: readonly [number, number, number],
  spacingMm: readonly [number, number, number],
  definition: SurfaceDefinition = 'spider',
): Measure {
  const surfaceA = surfaceVoxels(a, size, definition);
  const surfaceB = surfaceVoxels(b, size, definition);
  const there = sumAt(surfaceA, squaredDistances(surfaceB, size, spacingMm));
  const back = sumAt(surfaceB, squaredDistances(surfaceA, size, spacingMm));
  if (there.count === 0 || back.count === 0) return { defined: false, reason: 'one of the two is empty' };
  return { defined: true, value: (there.sum + back.sum) / (there.count + back.count) };
}

function sumAt(surface: Uint8Array, squared: Float64Array): { sum: number; count: number } {
  let sum = 0;
  let count = 0;
  for (let at = 0; at < surface.length; at++) {
    if (surface[at] === 0) continue;
    sum += Math.sqrt(squared[at]!);
    count++;
  }
  return { sum, count };
}

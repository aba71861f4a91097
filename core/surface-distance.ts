import { borderVoxels } from './border-voxels.ts';
import { measured, unmeasured, type Measure } from './measure.ts';
import { nearestDistances } from './nearest-feature.ts';
import { surfelAreasMm2, surfelsOf } from './surfels.ts';

/**
 * What counts as the surface and how distances are averaged, since results differ by up to 30 % between definitions:
 *   `authors`: voxels of the mask with a voxel outside it among their 26 neighbours; both directions put together, then
 *              averaged (the SPIDER authors' evaluation);
 *   `medpy`:   the same with 6 face neighbours (MedPy 0.5);
 *   `surfels`: the marching-cubes surface between the voxels, each element weighted by its area; the mean of the two
 *              directions' means (Google DeepMind's surface-distance 0.1).
 * In all three, what lies beyond the edge of the volume is outside.
 */
export const SURFACE_DEFINITIONS = ['authors', 'medpy', 'surfels'] as const;
export type SurfaceDefinition = (typeof SURFACE_DEFINITIONS)[number];

type Vec3 = readonly [number, number, number];

/** Distances (mm) from every element of one surface to the nearest of the other. */
export interface DirectedDistances {
  distancesMm: Float64Array;
  /** The element's area (mm²); null where every element counts the same. */
  areasMm2: Float64Array | null;
}

/** The distances between two surfaces in both directions; neither is empty. */
export interface SurfaceDistances {
  definition: SurfaceDefinition;
  there: DirectedDistances;
  back: DirectedDistances;
}

/**
 * Measures two binary volumes (1 and 0, x fastest) on one grid against each other; undefined when either is empty.
 * Cropping both to a box around the two changes nothing.
 */
export function surfaceDistances(
  a: Uint8Array,
  b: Uint8Array,
  size: Vec3,
  spacingMm: Vec3,
  definition: SurfaceDefinition = 'authors',
): SurfaceDistances | undefined {
  const surfaceA = surfaceOf(a, size, spacingMm, definition);
  const surfaceB = surfaceOf(b, size, spacingMm, definition);
  if (!surfaceA.elements.includes(1) || !surfaceB.elements.includes(1)) return undefined;
  return { definition, there: directed(surfaceA, surfaceB, spacingMm), back: directed(surfaceB, surfaceA, spacingMm) };
}

/**
 * The average absolute surface distance (mm) of two binary volumes on one grid, as the definition has it. Undefined when either
 * is empty.
 */
export function averageSurfaceDistance(
  a: Uint8Array,
  b: Uint8Array,
  size: Vec3,
  spacingMm: Vec3,
  definition: SurfaceDefinition = 'authors',
): Measure {
  return averageDistance(surfaceDistances(a, b, size, spacingMm, definition));
}

/** The average absolute surface distance (mm) from distances already measured. */
export function averageDistance(distances: SurfaceDistances | undefined): Measure {
  if (!distances) return unmeasured('one of the two is empty');
  const [there, back] = [totals(distances.there), totals(distances.back)];
  if (distances.definition === 'surfels') return measured((there.sum / there.weight + back.sum / back.weight) / 2);
  return measured((there.sum + back.sum) / (there.weight + back.weight));
}

function totals({ distancesMm, areasMm2 }: DirectedDistances): { sum: number; weight: number } {
  let sum = 0;
  let weight = 0;
  for (let at = 0; at < distancesMm.length; at++) {
    const own = areasMm2 ? areasMm2[at]! : 1;
    sum += distancesMm[at]! * own;
    weight += own;
  }
  return { sum, weight };
}

/** A surface on a grid of its own: voxels, or the cells between them. */
interface Surface {
  size: Vec3;
  /** 1 where there is an element. */
  elements: Uint8Array;
  codes: Uint8Array | null;
  areasMm2: Float64Array | null;
}

function surfaceOf(mask: Uint8Array, size: Vec3, spacingMm: Vec3, definition: SurfaceDefinition): Surface {
  if (definition === 'surfels') {
    const surfels = surfelsOf(mask, size);
    return {
      size: surfels.size,
      elements: surfels.cells,
      codes: surfels.codes,
      areasMm2: surfelAreasMm2(spacingMm),
    };
  }
  const elements = borderVoxels(mask, size, definition === 'authors' ? 26 : 6);
  return { size, elements, codes: null, areasMm2: null };
}

function directed(from: Surface, to: Surface, spacingMm: Vec3): DirectedDistances {
  const distancesMm = nearestDistances(from.elements, to.elements, to.size, spacingMm);
  const { elements, codes, areasMm2 } = from;
  if (!codes || !areasMm2) return { distancesMm, areasMm2: null };
  const areas = new Float64Array(distancesMm.length);
  for (let at = 0, k = 0; at < elements.length; at++) if (elements[at] !== 0) areas[k++] = areasMm2[codes[at]!]!;
  return { distancesMm, areasMm2: areas };
}

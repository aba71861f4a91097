import { measured, unmeasured, type Measure } from './measure.ts';
import type { DirectedDistances, SurfaceDistances } from './surface-distance.ts';

/**
 * The normalised surface Dice: the share of both surfaces together that lies within `toleranceMm` of the other (Nikolov et al.,
 * JMIR 2021), by area for `surfels`, by voxels otherwise. 1 is perfect. Undefined when either mask is empty.
 */
export function surfaceDice(distances: SurfaceDistances | undefined, toleranceMm: number): Measure {
  if (!distances) return unmeasured('one of the two is empty');
  const [there, back] = [within(distances.there, toleranceMm), within(distances.back, toleranceMm)];
  return measured((there.inside + back.inside) / (there.total + back.total));
}

function within({ distancesMm, areasMm2 }: DirectedDistances, toleranceMm: number): { inside: number; total: number } {
  let inside = 0;
  let total = 0;
  for (let at = 0; at < distancesMm.length; at++) {
    const own = areasMm2 ? areasMm2[at]! : 1;
    if (distancesMm[at]! <= toleranceMm) inside += own;
    total += own;
  }
  return { inside, total };
}

import { measured, unmeasured, type Measure } from './measure.ts';
import type { DirectedDistances, SurfaceDistances } from './surface-distance.ts';

/**
 * The robust Hausdorff distance (mm): below it lie `percent` per cent (0–100) of the distances; 95 gives HD95, 100 the largest.
 *   `authors`, `medpy`: the percentile of both directions put together, interpolated linearly (MedPy's `hd95`; the SPIDER
 *                       authors give none);
 *   `surfels`:          the larger of the two directions' percentiles by area, not interpolated (surface-distance's).
 */
export function hausdorffDistance(distances: SurfaceDistances | undefined, percent = 95): Measure {
  if (!distances) return unmeasured('one of the two is empty');
  const { there, back } = distances;
  if (distances.definition === 'surfels') {
    return measured(Math.max(areaPercentile(there, percent), areaPercentile(back, percent)));
  }
  const all = new Float64Array(there.distancesMm.length + back.distancesMm.length);
  all.set(there.distancesMm);
  all.set(back.distancesMm, there.distancesMm.length);
  return measured(percentile(all.sort(), percent));
}

/** The percentile of ascending values with linear interpolation, as numpy's default. `sorted` isn't empty. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const position = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** The smallest distance up to which at least `percent` of the area lies. */
function areaPercentile({ distancesMm, areasMm2 }: DirectedDistances, percent: number): number {
  const order = Uint32Array.from(distancesMm, (_, at) => at).sort((i, j) => distancesMm[i]! - distancesMm[j]!);
  const area = (at: number): number => (areasMm2 ? areasMm2[at]! : 1);
  const total = order.reduce((sum, at) => sum + area(at), 0);
  let reached = 0;
  for (const at of order) {
    reached += area(at);
    if (reached / total >= percent / 100) return distancesMm[at]!;
  }
  return distancesMm[order[order.length - 1]!]!;
}

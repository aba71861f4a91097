import { z } from 'zod';
import { percentile } from './hausdorff.ts';

export const Interval = z.object({ low: z.number(), high: z.number() });
export type Interval = z.infer<typeof Interval>;

/** The structures of one patient: how many, and the sum of their values. */
export interface PatientSum {
  sum: number;
  count: number;
}

export interface BootstrapOptions {
  /** 2000 by default. */
  resamples?: number;
  /** 0.95 by default. */
  confidence?: number;
  seed: number;
}

/**
 * The percentile bootstrap interval of a mean over structures, drawing whole patients with replacement: the structures and
 * series of one patient are alike, so drawing them one by one would make the interval too narrow. Every resample's mean is
 * that over all structures of the patients drawn. The same seed gives the same interval. Null for fewer than two patients.
 */
export function bootstrapInterval(patients: readonly PatientSum[], options: BootstrapOptions): Interval | null {
  const { resamples = 2000, confidence = 0.95, seed } = options;
  const counted = patients.filter(({ count }) => count > 0);
  if (counted.length < 2) return null;
  const sums = Float64Array.from(counted, ({ sum }) => sum);
  const counts = Float64Array.from(counted, ({ count }) => count);
  const draw = randomIndices(seed, counted.length);
  const means = new Float64Array(resamples);
  for (let at = 0; at < resamples; at++) {
    let sum = 0;
    let count = 0;
    for (let drawn = 0; drawn < counted.length; drawn++) {
      const patient = draw();
      sum += sums[patient]!;
      count += counts[patient]!;
    }
    means[at] = sum / count;
  }
  means.sort();
  const tail = ((1 - confidence) / 2) * 100;
  return { low: percentile(means, tail), high: percentile(means, 100 - tail) };
}

/** Evenly spread indices below `count` from a 32-bit generator (Mulberry32), the same for the same seed. */
function randomIndices(seed: number, count: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * count);
  };
}

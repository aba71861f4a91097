import type { Interval } from './bootstrap.ts';
import { NORMAL_975 } from './quantiles.ts';

/**
 * Wilson's score interval at 95 % for a share seen among n independent draws (Wilson 1927); unlike Wald's it says something when
 * nothing was found. Null for no draws.
 */
export function wilsonInterval(share: number, n: number): Interval | null {
  if (n <= 0) return null;
  const z2 = NORMAL_975 ** 2;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (NORMAL_975 / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

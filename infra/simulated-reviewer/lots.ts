import { mixedHash } from '../../core/mixed-hash.ts';

/**
 * Chance that can be repeated: a draw depends on the seed and on what it is about, not on the order of asking. So a reviewer that
 * was cut off and starts again decides the same, and two skills can be compared draw by draw.
 */
export class Lots {
  private readonly subject: string;

  /** One seed, one series, one round: one set of draws. */
  constructor(seed: number, series: string, round: number) {
    this.subject = `${seed}|${series}|${round}`;
  }

  /** Uniform in [0, 1). */
  uniform(about: string): number {
    return mixedHash(`${this.subject}|${about}`) / 2 ** 32;
  }

  /** Standard normal. */
  normal(about: string): number {
    return gaussian(this.uniform(`${about}|radius`), this.uniform(`${about}|angle`));
  }

  /** `count` standard normal draws about one thing. */
  normals(about: string, count: number): Float64Array {
    const next = uniformStream(mixedHash(`${this.subject}|${about}`));
    return Float64Array.from({ length: count }, () => gaussian(next(), next()));
  }
}

/** Box and Muller's transform of two uniform draws. */
function gaussian(radius: number, angle: number): number {
  return Math.sqrt(-2 * Math.log(1 - radius)) * Math.cos(2 * Math.PI * angle);
}

/** Uniform draws in [0, 1) in a row (mulberry32). */
function uniformStream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

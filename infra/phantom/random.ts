import { mixedHash } from '../../core/mixed-hash.ts';

/**
 * A stream of pseudo-random numbers (sfc32) that a text starts: the same text gives the same numbers everywhere. Streams of
 * different texts have nothing to do with each other, so what one part of the phantom draws doesn't move the others.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(name: string) {
    this.a = mixedHash(`${name}/a`);
    this.b = mixedHash(`${name}/b`);
    this.c = mixedHash(`${name}/c`);
    for (let i = 0; i < 12; i++) this.word();
  }

  /** 32 even bits. */
  word(): number {
    const word = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + word) | 0;
    return word >>> 0;
  }

  /** Even in [from, to). */
  between(from: number, to: number): number {
    return from + ((to - from) * this.word()) / 0x100000000;
  }

  chance(probability: number): boolean {
    return this.between(0, 1) < probability;
  }

  /** Normal, cut off at 2.5 standard deviations, since no patient's spine should be a freak. */
  near(mean: number, deviation: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.between(0, 1)));
    const normal = radius * Math.cos(this.between(0, 2 * Math.PI));
    return mean + deviation * Math.max(-2.5, Math.min(2.5, normal));
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.between(0, from.length))]!;
  }

  /** The same things in an order drawn by lot (Fisher–Yates). */
  shuffled<T>(from: readonly T[]): T[] {
    const list = [...from];
    for (let i = list.length - 1; i > 0; i--) {
      const j = Math.floor(this.between(0, i + 1));
      [list[i], list[j]] = [list[j]!, list[i]!];
    }
    return list;
  }
}

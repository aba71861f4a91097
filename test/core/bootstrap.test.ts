import { describe, expect, it } from 'vitest';
import { bootstrapInterval } from '../../core/bootstrap.ts';

describe('bootstrapInterval', () => {
  it('of two patients reaches from the one to the other', () => {
    // A resample is (a, a), (a, b), (b, a) or (b, b), a quarter each: both ends are far more than 2.5 %.
    const patients = [
      { sum: 2, count: 2 },
      { sum: 0, count: 2 },
    ];
    expect(bootstrapInterval(patients, { seed: 1 })).toEqual({ low: 0, high: 1 });
  });

  it('draws patients, not structures', () => {
    // Ten patients of 100 structures each, all 1 or all 0: the mean of a resample is a binomial tenth, never a hundredth.
    const patients = Array.from({ length: 10 }, (_, at) => ({ sum: at < 5 ? 100 : 0, count: 100 }));
    const { low, high } = bootstrapInterval(patients, { seed: 7 })!;
    // Binomial(10, ½): P(≤ 1) = 1.1 %, P(≤ 2) = 5.5 %, so that the 2.5 % point is 2 of 10; on the other side 8.
    expect([low, high]).toEqual([0.2, 0.8]);
  });

  it('is as wide as the normal interval for many patients', () => {
    // 400 values spread evenly over 0–1: the standard error is 0.28868 / 20, so ± 1.96·0.01443 around 0.5.
    const patients = Array.from({ length: 400 }, (_, at) => ({ sum: (at + 0.5) / 400, count: 1 }));
    const { low, high } = bootstrapInterval(patients, { seed: 3, resamples: 5000 })!;
    expect(Math.abs(low - (0.5 - 0.0283))).toBeLessThan(0.002);
    expect(Math.abs(high - (0.5 + 0.0283))).toBeLessThan(0.002);
  });

  it('is the same for the same seed, and another for another', () => {
    const patients = Array.from({ length: 20 }, (_, at) => ({ sum: Math.sin(at), count: 1 }));
    expect(bootstrapInterval(patients, { seed: 5 })).toEqual(bootstrapInterval(patients, { seed: 5 }));
    expect(bootstrapInterval(patients, { seed: 5 })).not.toEqual(bootstrapInterval(patients, { seed: 6 }));
  });

  it('is none for fewer than two patients with structures', () => {
    expect(bootstrapInterval([{ sum: 1, count: 1 }, { sum: 0, count: 0 }], { seed: 1 })).toBeNull(); // prettier-ignore
    expect(bootstrapInterval([], { seed: 1 })).toBeNull();
  });
});

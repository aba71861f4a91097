import { describe, expect, test } from 'vitest';
import { looksOf, strangeness, type Looks } from '../../../adapters/segmenter/appearance.ts';
import type { StructureProbabilities } from '../../../adapters/segmenter/structure.ts';
import type { WorkingImage } from '../../../adapters/segmenter/working-grid.ts';

const OUTSIDE = -0.5;

/** One row of voxels of 3 × 2 × 2 mm. */
function row(values: number[]): WorkingImage {
  const grid = {
    size: [values.length, 1, 1] as [number, number, number],
    spacingMm: [3, 2, 2] as [number, number, number],
    originLpsMm: [0, 0, 0] as [number, number, number],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] as [number, number, number, number, number, number, number, number, number],
  };
  return { grid, values: Float32Array.from(values) };
}

function block(low: number, values: number[]): StructureProbabilities {
  const voxels = values.filter((p) => p > 0.5).length;
  return { low: [low, 0, 0], size: [values.length, 1, 1], values: Float32Array.from(values), voxels };
}

describe('looksOf', () => {
  test('measures what the trainer measures (workers/trainer/tests/test_appearance.py)', () => {
    //   0 | 1  1.2  1 | 0.4  outside, the block beginning with the 0
    const looks = looksOf(block(1, [0.2, 0.9, 0.8, 0.6, 0.4, 0]), row([7, 0, 1, 1.2, 1, 0.4, OUTSIDE]), OUTSIDE);
    expect(looks.intensity).toBeCloseTo(3.2 / 3, 6);
    expect(looks.unevenness).toBeCloseTo(Math.sqrt(0.08 / 9), 5);
    expect(looks.edge).toBeCloseTo(Math.log(0.8 / 0.2), 4);
    expect(looks.size).toBeCloseTo(Math.log(36), 6);
  });

  test('a step to beyond the image is none', () => {
    const looks = looksOf(block(0, [1, 1, 0]), row([1, 1, OUTSIDE]), OUTSIDE);
    expect(looks.edge).toBe(0);
  });
});

describe('strangeness', () => {
  const one = { mean: 1, deviation: 0.1 };
  const usual = { intensity: one, unevenness: one, edge: one, size: one };
  const looks = (changes: Partial<Looks> = {}): Looks => ({
    intensity: 1,
    unevenness: 1,
    edge: 1,
    size: 1,
    ...changes,
  });

  test.each([
    ['the mean', {}, 0],
    ['2.5 deviations off', { edge: 0.75 }, 0],
    ['halfway', { edge: 1.375 }, 0.35],
    ['5 off', { intensity: 0.5 }, 0.7],
    ['as far as can be', { intensity: -40 }, 0.7],
    ['the furthest counts', { intensity: 1.2, unevenness: 0.625 }, 0.35],
  ])('%s', (_, changes, expected) => {
    expect(strangeness(looks(changes), usual)).toBeCloseTo(expected, 6);
  });

  test('the size of what is cut says nothing, even none at all', () => {
    expect(strangeness(looks({ size: -Infinity }), usual, true)).toBe(0);
    expect(strangeness(looks({ size: -Infinity }), usual)).toBeCloseTo(0.7, 6);
  });

  test('a training set that is all alike does not make everything else strange', () => {
    const alike = { intensity: { mean: 1, deviation: 0 }, unevenness: one, edge: one, size: one };
    expect(strangeness(looks({ intensity: 1.04 }), alike)).toBe(0);
    expect(strangeness(looks({ intensity: 1.1 }), alike)).toBeCloseTo(0.7, 6);
  });
});

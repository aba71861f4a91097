import { describe, expect, test } from 'vitest';
import { seriesDoubt, structureDoubts, type Evidence } from '../../../adapters/segmenter/doubt.ts';
import type { Grid } from '../../../core/geometry.ts';
import type { StructureProbabilities } from '../../../adapters/segmenter/structure.ts';
import type { Finding } from '../../../adapters/segmenter/walk.ts';

function structure(values: number[], voxels = values.filter((p) => p > 0.5).length): StructureProbabilities {
  return { low: [0, 0, 0], size: [values.length, 1, 1], values: Float32Array.from(values), voxels };
}

const CERTAIN = structure([1, 1, 1, 1, 0]);

function finding(z: number, changes: Partial<Finding> = {}): Finding {
  return {
    patch: { corner: [0, 0, 0], size: [1, 1, 1] },
    centre: [0, 0, z],
    vertebra: CERTAIN,
    disc: CERTAIN,
    completeness: 1,
    volumeMm3: 40_000,
    ...changes,
  };
}

function evidence(findings: Finding[], changes: Partial<Evidence> = {}): Evidence {
  const labels = findings.map((_, at) => at + 1);
  return { findings, labels, canal: CERTAIN, leftoverMm3: 0, written: new Map([[1, 77]]), ...changes };
}

function doubts(of: Evidence): Record<number, number> {
  return Object.fromEntries(structureDoubts(of).map(({ label, doubt }) => [label, doubt]));
}

const FOUR = [10, 20, 30, 40];

describe('structureDoubts', () => {
  test('a certain, regular column has none', () => {
    const list = structureDoubts(evidence(FOUR.map((z) => finding(z))));
    expect(list.map(({ label }) => label)).toEqual([1, 201, 2, 202, 3, 203, 4, 204, 100]);
    expect(list.every(({ doubt }) => doubt === 0)).toBe(true);
    expect(list[0]).toEqual({ label: 1, voxels: 77, doubt: 0 });
    expect(seriesDoubt(list)).toBe(0);
  });

  test('blur is the expected wrong volume against itself and the structure', () => {
    // Σ min(p, 1 - p) = 0.25 + 0.5 + 0.25 = 1; the structure has 3 voxels: 1 / 4.
    const blurred = structure([1, 1, 0.75, 0.5, 0.25], 3);
    expect(doubts(evidence([finding(10, { vertebra: blurred })]))[1]).toBeCloseTo(0.25, 6);
  });

  test('looking like nothing trained on is a reason, for a cut one without its size', () => {
    // One row of 5 voxels, each 8 mm³: the structure is 4 of them, all of intensity 2; trained on were such of 1 ± 0.25 and e⁹ mm³.
    const grid = {
      size: [5, 1, 1] as [number, number, number],
      spacingMm: [2, 2, 2] as [number, number, number],
      originLpsMm: [0, 0, 0] as [number, number, number],
      direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] as Grid['direction'],
    };
    const image = { grid, values: Float32Array.from([2, 2, 2, 2, 2]) };
    const far = { mean: 9, deviation: 0.1 };
    const wide = { mean: 0, deviation: 9 };
    const usual = { intensity: { mean: 1, deviation: 0.25 }, unevenness: wide, edge: wide, size: far };
    const seen = { image, appearance: { vertebra: usual, disc: usual, canal: usual }, outsideValue: -0.5 };
    // Intensity 4 deviations off: 0.7 · (4 - 2.5) / 2.5 = 0.42. The size is far more off, 0.7, where it counts.
    const result = doubts(evidence([finding(10), finding(20, { completeness: 0 })], { seen }));
    expect(result[201]).toBeCloseTo(0.7, 6);
    expect(result[1]).toBeCloseTo(0.7, 6);
    expect(result[2]).toBeCloseTo(0.42, 6);
    expect(result[100]).toBeCloseTo(0.42, 6);
  });

  test('reasons add up as 1 - Π(1 - r)', () => {
    // Blur 1/4; completeness 0.75: 0.3 · (1 - 0.5) = 0.15; no disc: 0.3.
    const vertebra = structure([1, 1, 0.75, 0.5, 0.25], 3);
    const result = doubts(evidence([finding(10, { vertebra, completeness: 0.75, disc: undefined })]));
    expect(result[1]).toBeCloseTo(1 - 0.75 * 0.85 * 0.7, 6);
    expect(result[201]).toBe(0.5);
  });

  test.each([
    ['half the volume', { volumeMm3: 20_000 }, Math.log(2)],
    ['twice the volume', { volumeMm3: 80_000 }, Math.log(2)],
    ['within the usual', { volumeMm3: 50_000 }, 0],
    ['a tenth of the volume', { volumeMm3: 4_000 }, Math.log(2.5)],
  ])('a vertebra of %s', (_, changes, log) => {
    const findings = FOUR.map((z) => (z === 20 ? finding(z, changes) : finding(z)));
    const share = (log - Math.log(1.4)) / (Math.log(2.5) - Math.log(1.4));
    expect(doubts(evidence(findings))[2]).toBeCloseTo(0.5 * Math.max(share, 0), 6);
    expect(doubts(evidence(findings))[3]).toBe(0);
  });

  test('a gap is doubted on both its sides', () => {
    const result = doubts(evidence([10, 20, 40, 50, 60].map((z) => finding(z))));
    expect(result[2]).toBeGreaterThan(0.2);
    expect(result[3]).toBe(result[2]);
    expect([result[1], result[4], result[5]]).toEqual([0, 0, 0]);
  });

  test('what was half seen above the topmost, and a middle one only partly in view', () => {
    const leftover = evidence(
      FOUR.map((z) => finding(z)),
      { leftoverMm3: 10_000 },
    );
    expect(doubts(leftover)).toMatchObject({ 3: 0, 4: 0.25 });
    const partial = FOUR.map((z) => (z === 30 ? finding(z, { completeness: 0 }) : finding(z)));
    expect(doubts(evidence(partial, { labels: [1, 2, 103, 4] }))[103]).toBeCloseTo(0.3, 6);
  });

  test('a missing canal is wholly doubtful; nothing found leaves an empty list and series doubt 1', () => {
    expect(doubts(evidence([finding(10)], { canal: undefined }))[100]).toBe(1);
    expect(structureDoubts(evidence([], { canal: undefined }))).toEqual([]);
    expect(seriesDoubt([])).toBe(1);
  });

  test('of a series: half the largest, half the mean', () => {
    const list = [0.1, 0.1, 0.7].map((doubt, at) => ({ label: at + 1, voxels: 1, doubt }));
    expect(seriesDoubt(list)).toBeCloseTo((0.7 + 0.3) / 2, 9);
  });
});

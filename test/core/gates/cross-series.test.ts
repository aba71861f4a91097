import { describe, expect, it } from 'vitest';
import { countsOf, crossSeriesGates } from '../../../core/gates.ts';

const [t1, t2] = [countsOf('5_t1', [1, 2, 3, 100, 201, 202, 203]), countsOf('5_t2', [1, 2, 103, 100, 201, 202, 203])];
const SHORT = countsOf('5_t2', [1, 2, 100, 201, 202]);

describe('countsOf', () => {
  it('counts each structure once, whichever of its labels it has', () => {
    expect(t2).toEqual({ series: '5_t2', vertebrae: 3, discs: 3 });
    expect(countsOf('5_t1', [3, 103, 100])).toEqual({ series: '5_t1', vertebrae: 1, discs: 0 });
    expect(countsOf('5_t1', [])).toEqual({ series: '5_t1', vertebrae: 0, discs: 0 });
  });
});

describe('counts-agree-in-study', () => {
  it('passes when all series show the same', () => {
    expect(crossSeriesGates([t1, t2])).toEqual([
      {
        gate: 'counts-agree-in-study',
        severity: 'flag',
        passed: true,
        measured: '5_t1: 3 vertebrae, 3 discs, 5_t2: 3 vertebrae, 3 discs',
        expected: 'the same vertebrae and discs in every series',
        labels: [],
      },
    ]);
    expect(crossSeriesGates([t1])[0]?.passed).toBe(true);
    expect(crossSeriesGates([])[0]?.passed).toBe(true);
  });

  it('flags series that differ in vertebrae or in discs', () => {
    expect(crossSeriesGates([t1, SHORT])[0]).toMatchObject({ passed: false, severity: 'flag' });
    const oneMoreDisc = countsOf('5_t2', [1, 2, 3, 100, 201, 202, 203, 204]);
    expect(crossSeriesGates([t1, oneMoreDisc])[0]?.passed).toBe(false);
  });
});

describe('counts-agree-with-overview', () => {
  const row = (series: string, vertebrae: number, discs: number) => ({ series, vertebrae, discs });

  it('compares each series with its row', () => {
    const same = crossSeriesGates([t1, t2], { overview: [row('5_t1', 3, 3), row('5_t2', 3, 3)] });
    expect(same[1]).toMatchObject({ gate: 'counts-agree-with-overview', passed: true });
    const other = crossSeriesGates([t1, t2], { overview: [row('5_t1', 3, 3), row('5_t2', 4, 3)] });
    expect(other[1]).toMatchObject({
      passed: false,
      measured: '5_t2: 3 vertebrae, 3 discs',
      expected: '5_t2: 4 vertebrae, 3 discs',
    });
  });

  it('passes over series without a row', () => {
    expect(crossSeriesGates([t1], { overview: [] })[1]).toMatchObject({
      passed: true,
      measured: 'no series in the table',
    });
  });
});

describe('counts-agree-with-gradings', () => {
  it('compares the discs with the highest that was graded', () => {
    expect(crossSeriesGates([t1, t2], { gradedDiscs: [1, 2, 3] })[1]).toMatchObject({
      gate: 'counts-agree-with-gradings',
      passed: true,
    });
    expect(crossSeriesGates([t1, SHORT], { gradedDiscs: [1, 2, 3] })[1]).toMatchObject({
      passed: false,
      measured: '5_t2: 2 discs',
      expected: '3 discs, as graded',
      labels: [203],
    });
    // Graded from 0 up, as two patients of SPIDER are.
    expect(crossSeriesGates([t1], { gradedDiscs: [0, 1, 2] })[1]).toMatchObject({ passed: false, labels: [203] });
  });
});

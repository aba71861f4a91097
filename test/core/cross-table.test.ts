import { describe, expect, it } from 'vitest';
import { crossTable, estimateText } from '../../core/cross-table.ts';
import { measured } from '../../core/measure.ts';
import type { ProtocolRow } from '../../core/protocol.ts';
import { scoreTable, type Estimate } from '../../core/score-table.ts';

const found = (label: number, dice: number): ProtocolRow => ({
  outcome: 'found',
  label,
  class: label > 200 ? 'disc' : 'vertebra',
  matched: label,
  dice,
  asdMm: measured(1),
  hd95Mm: measured(1),
  surfaceDice: measured(1),
  referenceVoxels: 10,
  predictionVoxels: 10,
});

describe('crossTable', () => {
  // The first structure has no T2, the second no OH: columns and rows are in order all the same.
  const cells = scoreTable(
    'strict',
    [
      { series: '1_t2', patient: '1', sequence: 't2', hospital: 'UMC', rows: [found(201, 0.5)] },
      { series: '1_t1', patient: '1', sequence: 't1', hospital: 'UMC', rows: [found(1, 0.9), found(201, 0.7)] },
      { series: '2_t1', patient: '2', sequence: 't1', hospital: 'OH', rows: [found(1, 0.6), found(2, 0.8)] },
    ],
    1,
  );

  it('has a row for each structure and hospital, a column for each sequence, `all` last', () => {
    const { sequences, rows } = crossTable(cells, 'strict', 'dice');
    const mean = (estimate: Estimate | null) => (estimate?.defined ? Number(estimate.mean.toFixed(9)) : null);
    expect(sequences).toEqual(['t1', 't2', 'all']);
    expect(rows.map(({ structure, hospital, estimates }) => [structure, hospital, ...estimates.map(mean)])).toEqual([
      ['vertebra', 'OH', 0.7, null, 0.7],
      ['vertebra', 'UMC', 0.9, null, 0.9],
      ['vertebra', 'all', 0.766666667, null, 0.766666667],
      ['disc', 'UMC', 0.7, 0.5, 0.6],
      ['disc', 'all', 0.7, 0.5, 0.6],
      ['all', 'OH', 0.7, null, 0.7],
      ['all', 'UMC', 0.8, 0.5, 0.7],
      ['all', 'all', 0.75, 0.5, 0.7],
    ]);
  });

  it('is empty for a protocol without cells', () => {
    expect(crossTable(cells, 'spider', 'dice').rows).toEqual([]);
  });
});

describe('estimateText', () => {
  it('says mean, deviation and interval, and leaves out what there is none of', () => {
    const whole: Estimate = { defined: true, mean: 0.9123, sd: 0.0311, interval: { low: 0.9006, high: 0.9229 } };
    expect(estimateText(whole, 3)).toBe('0.912 ± 0.031 (0.901–0.923)');
    expect(estimateText(whole, 3, { sd: false })).toBe('0.912 (0.901–0.923)');
    expect(estimateText({ ...whole, sd: null, interval: null }, 2)).toBe('0.91');
    expect(estimateText({ defined: false, reason: 'no structure was found' }, 3)).toBe('–');
    expect(estimateText(null, 3)).toBe('–');
  });
});

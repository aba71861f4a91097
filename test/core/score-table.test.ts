import { describe, expect, it } from 'vitest';
import { measured, unmeasured } from '../../core/measure.ts';
import type { ProtocolRow } from '../../core/protocol.ts';
import { ScoreCell, scoreTable, type ScoredSeries } from '../../core/score-table.ts';

const found = (label: number, dice: number, asd: number): ProtocolRow => ({
  outcome: 'found',
  label,
  class: label > 200 ? 'disc' : 'vertebra',
  matched: label,
  dice,
  asdMm: measured(asd),
  hd95Mm: measured(2 * asd),
  surfaceDice: measured(1),
  referenceVoxels: 10,
  predictionVoxels: 10,
});
const missed = (label: number): ProtocolRow => ({
  ...found(label, 0, 0),
  outcome: 'missed',
  matched: null,
  asdMm: unmeasured('missed'),
  hd95Mm: unmeasured('missed'),
  surfaceDice: measured(0),
});
const scored: ScoredSeries[] = [
  { series: '1_t1', patient: '1', sequence: 't1', hospital: 'UMC', rows: [found(1, 0.9, 1), found(201, 0.8, 2)] },
  { series: '1_t2', patient: '1', sequence: 't2', hospital: 'UMC', rows: [found(1, 0.7, 3)] },
  { series: '2_t1', patient: '2', sequence: 't1', hospital: 'OH', rows: [missed(1), found(2, 0.6, 5)] },
];
const cellOf = (structure: string, sequence: string, hospital: string) =>
  scoreTable('spider', scored, 1).find(
    (cell) => cell.structure === structure && cell.sequence === sequence && cell.hospital === hospital,
  );

describe('scoreTable', () => {
  it('averages over structures; a miss counts in Dice and not in the distances', () => {
    const cell = cellOf('vertebra', 'all', 'all')!;
    expect(cell).toMatchObject({ patients: 2, series: 3, found: 3, missed: 1, extra: 0 });
    expect(cell.dice).toMatchObject({ mean: (0.9 + 0.7 + 0 + 0.6) / 4 });
    expect(cell.asdMm).toMatchObject({ mean: (1 + 3 + 5) / 3 });
    expect(cell.surfaceDice).toMatchObject({ mean: 3 / 4 });
    // Two patients: 0.8 and 0.3 on average, two structures each.
    expect(cell.dice).toMatchObject({ interval: { low: 0.3, high: 0.8 } });
    // 0.9, 0.7, 0 and 0.6 are 0.35, 0.15, −0.55 and 0.05 from 0.55: squares of 0.45 over 3. And 1, 3 and 5: 8 over 2.
    expect(cell.dice).toMatchObject({ sd: expect.closeTo(Math.sqrt(0.15), 12) as number });
    expect(cell.asdMm).toMatchObject({ sd: 2 });
  });

  it('has a cell for each structure, sequence and hospital that has a structure, `all` last', () => {
    const names = scoreTable('spider', scored, 1).map((cell) =>
      [cell.structure, cell.sequence, cell.hospital].join(' '),
    );
    expect(names).toEqual([
      'vertebra t1 OH',
      'vertebra t1 UMC',
      'vertebra t1 all',
      'vertebra t2 UMC',
      'vertebra t2 all',
      'vertebra all OH',
      'vertebra all UMC',
      'vertebra all all',
      'disc t1 UMC',
      'disc t1 all',
      'disc all UMC',
      'disc all all',
      ...['t1 OH', 't1 UMC', 't1 all', 't2 UMC', 't2 all', 'all OH', 'all UMC', 'all all'].map((rest) => `all ${rest}`),
    ]);
    expect(cellOf('disc', 't1', 'UMC')!.dice).toEqual({ defined: true, mean: 0.8, sd: null, interval: null });
  });

  it('tags a mean over nothing', () => {
    const only = scoreTable('spider', [{ ...scored[2]!, rows: [missed(1)] }], 1);
    expect(only[0]!.asdMm).toEqual({ defined: false, reason: 'no structure was found' });
    expect(only[0]!.dice).toMatchObject({ mean: 0 });
    for (const cell of only) expect(ScoreCell.parse(JSON.parse(JSON.stringify(cell)))).toEqual(cell);
  });
});

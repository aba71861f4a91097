import { describe, expect, it } from 'vitest';
import { compareSplits, imbalanceOf, planSplit } from '../../core/split-plan.ts';
import type { SplitPatient, SplitTableRow } from '../../core/split.ts';

function row(group: SplitTableRow['group'], value: string, train: number, validation: number): SplitTableRow {
  return { group, value, train, validation };
}

describe('imbalanceOf', () => {
  it('is half the sum of how far each share is off', () => {
    const table = [
      row('all', 'patients', 16, 4),
      // A: 10 of 20 patients, 3 of 4 validation patients: 25 points over; B 25 under: half of 50.
      row('hospital', 'A', 7, 3),
      row('hospital', 'B', 9, 1),
      // As among all: 15 of 20 and 3 of 4.
      row('sex', 'F', 12, 3),
      row('sex', 'M', 4, 1),
      // All four of those 8 of 20 who have both: 60 points over, 60 under.
      row('sequences', 't1+t2', 4, 4),
      row('sequences', 't2', 12, 0),
    ];
    const { hospital, sex, sequences, overall } = imbalanceOf(table);
    expect([hospital, sex, sequences].map((value) => value.toFixed(6))).toEqual(['0.250000', '0.000000', '0.600000']);
    expect(overall).toBeCloseTo(0.85 / 3, 12);
  });

  it('is 0 when nobody validates', () => {
    expect(imbalanceOf([row('hospital', 'A', 1, 0)])).toEqual({ hospital: 0, sex: 0, sequences: 0, overall: 0 });
    expect(imbalanceOf([])).toEqual({ hospital: 0, sex: 0, sequences: 0, overall: 0 });
  });
});

describe('planSplit', () => {
  const patients = Array.from({ length: 20 }, (_, i): SplitPatient => {
    return { patient: `${i}`, hospital: i < 10 ? 'A' : 'B', sex: i % 2 ? 'F' : 'M', sequences: ['t1', 't2'] };
  });
  const plan = (published: [string, 'train' | 'validation'][]) =>
    planSplit({ patients, published: new Map(published), validationShare: 0.2, seed: 1 });

  it('sets its split beside the published one', () => {
    // The first four validate: all of hospital A, two of either sex.
    const { table, imbalance, published } = plan(
      patients.map(({ patient }, i) => [patient, i < 4 ? 'validation' : 'train']),
    );
    expect(imbalance).toEqual({ hospital: 0, sex: 0, sequences: 0, overall: 0 });
    expect(table[0]).toEqual(row('all', 'patients', 16, 4));
    expect(published?.imbalance).toMatchObject({ hospital: 0.5, sex: 0, sequences: 0 });
    expect(published?.table).toContainEqual(row('hospital', 'A', 6, 4));
  });

  it('says row by row which of the two is nearer to what is due', () => {
    const { comparison } = plan(patients.map(({ patient }, i) => [patient, i < 4 ? 'validation' : 'train']));
    // Two of four are due from each hospital: two are drawn, the published split took four and none. One of either sex more or less
    // would be off; both splits have two.
    expect(comparison?.rows).toContainEqual({
      ...{ group: 'hospital', value: 'A', due: 2, off: 0, publishedOff: 2, verdict: 'better' },
    });
    expect(comparison?.rows.find(({ value }) => value === 'F')?.verdict).toBe('as good');
    expect(comparison?.verdicts).toEqual({
      hospital: 'better',
      sex: 'as good',
      sequences: 'as good',
      overall: 'better',
    });
    expect(comparison?.noWorse).toBe(true);
    // The other way round it is worse, and says so.
    const [own, published] = [
      plan([]),
      plan(patients.map(({ patient }, i) => [patient, i < 4 ? 'validation' : 'train'])),
    ];
    expect(compareSplits(published.published!, own)).toMatchObject({ verdicts: { hospital: 'worse' }, noWorse: false });
  });

  it('compares with nothing when somebody has no published set', () => {
    expect(plan([['0', 'train']]).published).toBeNull();
    expect(planSplit({ patients: [], published: new Map(), validationShare: 0.2, seed: 1 })).toMatchObject({
      patients: 0,
      split: {},
      published: null,
    });
  });
});

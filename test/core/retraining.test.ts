import { describe, expect, it } from 'vitest';
import { measured } from '../../core/measure.ts';
import { retrainingCheck } from '../../core/reproduction.ts';
import {
  compareRetrained,
  impossibleRetraining,
  joinedSums,
  MARGINS,
  pairedSums,
  type PairedSum,
} from '../../core/retraining.ts';
import { MISSED, type StructureScore } from '../../core/scores.ts';

const [OLD, NEW] = ['a'.repeat(64), 'b'.repeat(64)];
const MODELS = { model: OLD, again: NEW };

const score = (label: number, dice: number, asdMm: number | null): StructureScore => ({
  label,
  class: label === 100 ? 'canal' : label > 200 ? 'disc' : 'vertebra',
  matched: label,
  dice,
  asdMm: asdMm === null ? MISSED : measured(asdMm),
  detected: dice >= 0.1,
  referenceVoxels: 10,
  predictionVoxels: 10,
});

/** One canal for each difference, whose Dice was 0.8: patients 1, 2, … */
const canals = (...differences: number[]): PairedSum[] =>
  differences.map((difference, at) => ({
    patient: String(at + 1),
    class: 'canal',
    measure: 'dice',
    recorded: 0.8,
    again: 0.8 + difference,
    count: 1,
  }));

const verdictOn = (sums: PairedSum[]) => compareRetrained(MODELS, sums, MARGINS).verdict;

describe('pairing', () => {
  it('sums both models by patient, class and measure', () => {
    const sums = pairedSums([
      { series: '1_t1', patient: '1', recorded: [score(1, 0.8, 0.5)], again: [score(1, 0.9, 0.4)] },
      { series: '1_t2', patient: '1', recorded: [score(1, 0.6, 0.7)], again: [score(1, 0.5, 0.9)] },
    ]);
    const vertebra = { patient: '1', class: 'vertebra', count: 2 };
    expect(sums).toEqual([
      { ...vertebra, measure: 'dice', recorded: expect.closeTo(1.4, 12), again: expect.closeTo(1.4, 12) },
      { ...vertebra, measure: 'asdMm', recorded: expect.closeTo(1.2, 12), again: expect.closeTo(1.3, 12) },
    ]);
  });

  it('counts a miss as Dice 0, and surface distances only where both models found the structure', () => {
    const recorded = [score(1, 0.05, null), score(201, 0.9, 0.3)];
    const again = [score(1, 0.7, 0.6), score(201, 0.05, null)];
    expect(pairedSums([{ series: '4_t2', patient: '4', recorded, again }])).toEqual([
      { patient: '4', class: 'vertebra', measure: 'dice', recorded: 0, again: 0.7, count: 1 },
      { patient: '4', class: 'disc', measure: 'dice', recorded: 0.9, again: 0, count: 1 },
    ]);
  });

  it('refuses scores of other structures', () => {
    const series = { series: '1_t1', patient: '1', recorded: [score(1, 1, 0)], again: [score(2, 1, 0)] };
    expect(() => pairedSums([series])).toThrow('1_t1: structures scored: expected 1, got 2');
  });

  it('joins parts of a patient', () => {
    const [one] = canals(0.1);
    expect(joinedSums([one!, one!, { ...one!, patient: '2' }])).toEqual([
      { ...one!, recorded: 1.6, again: expect.closeTo(1.8, 12), count: 2 },
      { ...one!, patient: '2' },
    ]);
  });
});

describe('a model trained again', () => {
  it('is byte-equal when it is the same file, whatever it scores', () => {
    const same = compareRetrained({ model: OLD, again: OLD }, [], MARGINS);
    expect(same).toEqual({ model: OLD, again: OLD, verdict: 'byte-equal', detail: null, comparisons: [] });
    expect(retrainingCheck(same)).toEqual({ what: 'retraining', of: OLD, outcome: 'equal', detail: null });
  });

  it('is equivalent when the interval lies within the margin', () => {
    const report = compareRetrained(MODELS, canals(0.01, 0.01, 0.01, 0.01, 0.01), MARGINS);
    // Every resample's mean is 0.01.
    expect(report).toMatchObject({ verdict: 'equivalent', detail: null });
    expect(report.comparisons).toEqual([
      {
        class: 'canal',
        measure: 'dice',
        patients: 5,
        structures: 5,
        recorded: expect.closeTo(0.8, 12),
        again: expect.closeTo(0.81, 12),
        difference: expect.closeTo(0.01, 12),
        interval: { low: expect.closeTo(0.01, 12), high: expect.closeTo(0.01, 12) },
        margin: 0.02,
        verdict: 'equivalent',
      },
    ]);
    expect(retrainingCheck(report)).toMatchObject({ outcome: 'within', detail: 'equivalent' });
  });

  it.each([
    ['better by more', [0.03, 0.03, 0.04, 0.03, 0.03]],
    ['worse by more', [-0.03, -0.03, -0.04, -0.03, -0.03]],
  ])('is different when it is %s than the margin', (_, differences) => {
    const report = compareRetrained(MODELS, canals(...differences), MARGINS);
    expect(report).toMatchObject({ verdict: 'different', detail: 'beyond the margin: canal Dice' });
    expect(retrainingCheck(report).outcome).toBe('different');
  });

  it('stays undecided where the interval crosses the margin', () => {
    // Means of resamples reach from below 0 to 0.05.
    const report = compareRetrained(MODELS, canals(-0.05, 0.05, -0.05, 0.05, 0.05), MARGINS);
    expect(report).toMatchObject({
      verdict: 'undecided',
      detail: 'too few patients for so small a margin: canal Dice',
    });
    expect(retrainingCheck(report)).toMatchObject({
      outcome: 'impossible',
      detail: 'undecided: too few patients for so small a margin: canal Dice',
    });
  });

  it('stays undecided on four patients, though they agree to the last bit', () => {
    const report = compareRetrained(MODELS, canals(0, 0, 0, 0), MARGINS);
    expect(report.verdict).toBe('undecided');
    expect(report.detail).toBe('too few patients: it takes 5 that validate, and there are 4');
    expect(verdictOn(canals(0, 0, 0, 0, 0))).toBe('equivalent');
  });

  it('stays undecided without anybody to compare on', () => {
    expect(compareRetrained(MODELS, [], MARGINS)).toMatchObject({
      verdict: 'undecided',
      detail: 'too few patients: it takes 5 that validate, and there are 0',
    });
  });

  it('is as good as its worst measure', () => {
    const fine = canals(0, 0, 0, 0, 0);
    const far = fine.map((sum): PairedSum => ({ ...sum, measure: 'asdMm', recorded: 1, again: 1.3 }));
    expect(compareRetrained(MODELS, [...fine, ...far], MARGINS).detail).toBe(
      'beyond the margin: canal surface distance',
    );
    expect(compareRetrained(MODELS, [...fine, ...far], { dice: 0.02, asdMm: 0.4 }).verdict).toBe('equivalent');
  });

  it('counts patients, not structures: many structures of four patients decide nothing', () => {
    const many = canals(0, 0, 0, 0).map((sum) => ({ ...sum, recorded: 80, again: 80, count: 100 }));
    expect(verdictOn(many)).toBe('undecided');
  });

  it('that could not be trained says why', () => {
    const report = impossibleRetraining(OLD, 'policy: trainer: expected one of iis, got lost');
    expect(retrainingCheck(report)).toEqual({
      what: 'retraining',
      of: OLD,
      outcome: 'impossible',
      detail: 'policy: trainer: expected one of iis, got lost',
    });
  });
});

import { describe, expect, it } from 'vitest';
import { patientFolds } from '../../../core/exports/folds.ts';
import { manifestOf, type SomeSeries } from './manifests.ts';

// Ten training patients, five of each hospital, and three who validate; each has a T1 and a T2.
const SERIES = Array.from({ length: 13 }, (_, i) => i + 1).flatMap((patient): SomeSeries[] =>
  ['t1', 't2'].map((sequence) => ({
    series: `${patient}_${sequence}`,
    hospital: patient % 2 ? 'RH1' : 'OH',
    split: patient > 10 ? 'validation' : 'train',
  })),
);
const manifest = manifestOf(SERIES);
const patientsOf = (series: string[]) => [...new Set(series.map((id) => Number(id.split('_')[0])))];

describe('folds by patient', () => {
  it('are the split of the version alone unless more are asked for', () => {
    const [fold, ...others] = patientFolds(manifest, 1, 1);
    expect(others).toEqual([]);
    expect(patientsOf(fold!.train)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(fold!.val).toEqual(['11_t1', '11_t2', '12_t1', '12_t2', '13_t1', '13_t2']);
  });

  it('divide the training patients, each into one fold, both hospitals into each', () => {
    const [first, ...others] = patientFolds(manifest, 6, 1);
    expect([first]).toEqual(patientFolds(manifest, 1, 1));
    expect(others).toHaveLength(5);
    for (const { train, val } of others) {
      expect(patientsOf(val)).toHaveLength(2);
      // One odd number and one even.
      expect(patientsOf(val).reduce((sum, patient) => sum + (patient % 2), 0)).toBe(1);
      expect([...train, ...val].sort()).toEqual([...first!.train].sort());
    }
    const validated = others.flatMap(({ val }) => patientsOf(val)).sort((a, b) => a - b);
    expect(validated).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('never train on a validation patient of the version, nor share a patient between their sets', () => {
    for (const { train, val } of patientFolds(manifest, 4, 3)) {
      const trained = new Set(patientsOf(train));
      expect(patientsOf(val).filter((patient) => trained.has(patient))).toEqual([]);
      expect([11, 12, 13].filter((patient) => trained.has(patient))).toEqual([]);
    }
  });

  it('are drawn by the seed', () => {
    expect(patientFolds(manifest, 5, 1)).toEqual(patientFolds(manifest, 5, 1));
    expect(patientFolds(manifest, 5, 1)).not.toEqual(patientFolds(manifest, 5, 2));
  });

  it('are refused when they cannot be', () => {
    expect(() => patientFolds(manifest, 2, 1)).toThrow('folds: expected 1, or 3 and more, got 2');
    expect(() => patientFolds(manifest, 12, 1)).toThrow('at least 11 to divide among 11 parts, got 10');
  });
});

import { describe, expect, it } from 'vitest';
import { hiddenNumbers, HiddenPatientError, refuseHidden } from '../../core/hidden-patients.ts';
import { firstNumber, joined, numbersOf, personsOf, type PatientLink } from '../../core/patient-links.ts';

function link(a: string, b: string, withdrawn?: string): PatientLink {
  return { patients: [a, b], reason: 'same birth', after: null, ...(withdrawn ? { withdrawn } : {}) };
}

describe('personsOf', () => {
  it('joins whoever is linked, over any number of links in any order', () => {
    // 1–2, 3–4, then 4–1 makes them all one; 8–9 stay apart.
    expect(personsOf([link('1', '2'), link('3', '4'), link('8', '9'), link('1', '4')])).toEqual([
      ['1', '2', '3', '4'],
      ['8', '9'],
    ]);
    expect(personsOf([])).toEqual([]);
  });

  it('lets withdrawn links be', () => {
    expect(personsOf([link('1', '2'), link('2', '3', 'another person after all')])).toEqual([['1', '2']]);
  });

  it('names persons by their first number', () => {
    const persons = personsOf([link('7', '5')]);
    expect([firstNumber('7', persons), firstNumber('5', persons), firstNumber('6', persons)]).toEqual(['5', '5', '6']);
    expect([...numbersOf(['7', '1'], persons)].sort()).toEqual(['1', '5', '7']);
    expect(joined([['a', 'b'], ['b', 'c'], ['d']])).toEqual([['a', 'b', 'c']]);
  });
});

describe('the hidden test', () => {
  it('takes in all numbers of a hidden person', () => {
    const hidden = hiddenNumbers({ hidden: [{ patient: '1', reason: 'test' }], links: [link('1', '9')] });
    expect([...hidden].sort()).toEqual(['1', '9']);
    expect(() => refuseHidden('version 3f2a', ['2', '9'], hidden)).toThrow(
      'version 3f2a: expected no hidden-test patient, got 9',
    );
    expect(() => refuseHidden('version 3f2a', ['2', '9'], hidden)).toThrow(HiddenPatientError);
    refuseHidden('version 3f2a', ['2', '3'], hidden);
  });
});

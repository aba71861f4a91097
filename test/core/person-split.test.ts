import { describe, expect, it } from 'vitest';
import { CATALOG_SCHEMA, GIVEN, type Catalog, type CatalogSeries, type SplitSet } from '../../core/catalog.ts';
import { drawnAfresh } from '../../core/fresh-split.ts';
import { splitCatalog, splitPersons } from '../../core/person-split.ts';
import { resplit, type SplitPatient } from '../../core/split.ts';

const NUMBERS = Array.from({ length: 20 }, (_, i) => `${i + 1}`);
const HOW = { validationShare: 0.2, seed: 3 };
const PATIENTS = NUMBERS.map((patient, i): SplitPatient => {
  return { patient, hospital: i < 10 ? 'A' : 'B', sex: i % 2 ? 'F' : 'M', sequences: ['t1'] };
});

function validating(split: Record<string, SplitSet>): string[] {
  return Object.keys(split).filter((patient) => split[patient] === 'validation');
}

describe('splitPersons', () => {
  it('is the split by patient where nobody is linked', () => {
    const alone = splitPersons({ patients: PATIENTS, previous: {}, persons: [], ...HOW });
    expect(alone).toEqual(resplit({ patients: PATIENTS, previous: {}, ...HOW }));
  });

  it('keeps linked numbers in one set, and counts them as one', () => {
    // Ten persons of two numbers: 0.2 of ten are two persons, so four numbers.
    const persons = Array.from({ length: 10 }, (_, i) => [`${i + 1}`, `${i + 11}`]);
    const { split, table } = splitPersons({ patients: PATIENTS, previous: {}, persons, ...HOW });
    for (const [a, b] of persons) expect(split[a!]).toBe(split[b!]);
    expect(validating(split)).toHaveLength(4);
    expect(table[0]).toMatchObject({ train: 8, validation: 2 });
  });

  it('takes all numbers of a person to validation as soon as one is there, and never the other way', () => {
    const previous: Record<string, SplitSet> = { '1': 'train', '2': 'validation', '3': 'train' };
    const { split, moved } = splitPersons({ patients: PATIENTS, previous, persons: [['1', '2']], ...HOW });
    expect(split).toMatchObject({ '1': 'validation', '2': 'validation', '3': 'train' });
    expect(moved).toEqual(['1']);
  });

  it('gives a new number the set of the person it is known as, whether or not that one has data any more', () => {
    for (const set of ['train', 'validation'] as const) {
      const { split } = splitPersons({ patients: PATIENTS, previous: { gone: set }, persons: [['7', 'gone']], ...HOW });
      expect(split).toMatchObject({ '7': set, gone: set });
    }
  });
});

function catalog(facts: Partial<Catalog>): Catalog {
  const series = NUMBERS.map((patient) => ({ patient, hospital: 'A', sex: 'F', sequence: 't1', reference: GIVEN }));
  return {
    schema: CATALOG_SCHEMA,
    dataset: 'd',
    series: series as unknown as CatalogSeries[],
    split: Object.fromEntries(NUMBERS.map((patient, i) => [patient, i < 4 ? 'validation' : 'train'])),
    ...facts,
  };
}

describe('splitCatalog', () => {
  const fresh = { seed: 5, validationShare: 0.3, reason: 'the first four were from one scanner' };
  const sticky = { ...HOW, mayRedraw: true };

  it('keeps everybody where no re-split waits', () => {
    expect(splitCatalog(catalog({}), sticky)).toEqual(catalog({}));
  });

  it('draws everybody anew by a recorded re-split, once', () => {
    const drawn = splitCatalog(catalog({ nextSplit: fresh }), sticky);
    expect(drawn).not.toHaveProperty('nextSplit');
    expect(drawn.resplits).toEqual([fresh]);
    expect(validating(drawn.split)).toHaveLength(6);
    const patients = NUMBERS.map((patient): SplitPatient => {
      return { patient, hospital: 'A', sex: 'F', sequences: ['t1'] };
    });
    expect(drawn.split).toEqual(resplit({ patients, previous: {}, validationShare: 0.3, seed: 5 }).split);
    expect(splitCatalog(drawn, sticky)).toEqual(drawn);
    expect(drawnAfresh(drawn, null)).toEqual(fresh);
    expect(drawnAfresh(drawn, { resplits: [fresh] })).toBeNull();
  });

  it('lets it wait where it may not be drawn yet', () => {
    const waiting = catalog({ nextSplit: fresh });
    expect(splitCatalog(waiting, { ...sticky, mayRedraw: false })).toEqual(waiting);
  });

  it('gives hidden-test patients no set, under any of their numbers', () => {
    const links = [{ patients: ['20', '19'] as [string, string], reason: 'r', after: null }];
    const { split } = splitCatalog(catalog({ split: {}, hidden: [{ patient: '20', reason: 'test' }], links }), sticky);
    expect(Object.keys(split)).toHaveLength(18);
    expect(split).not.toHaveProperty('19');
  });
});

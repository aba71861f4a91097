import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SplitSet } from '../../core/catalog.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { resplit, type SplitPatient } from '../../core/split.ts';

function patient(name: string, facts: Partial<SplitPatient> = {}): SplitPatient {
  return { patient: name, hospital: 'A', sex: 'F', sequences: ['t1', 't2'], ...facts };
}

function patients(count: number, facts: (i: number) => Partial<SplitPatient> = () => ({})): SplitPatient[] {
  return Array.from({ length: count }, (_, i) => patient(`${i + 1}`, facts(i)));
}

function split(
  all: readonly SplitPatient[],
  previous: Record<string, SplitSet> = {},
  validationShare = 0.18,
  seed = 1,
) {
  return resplit({ patients: all, previous, validationShare, seed });
}

function drawn(result: { split: Record<string, SplitSet> }): string[] {
  return Object.keys(result.split).filter((name) => result.split[name] === 'validation');
}

describe('resplit', () => {
  it.each([
    [0, 0],
    [1, 0], // a lone patient trains
    [2, 1], // one of each
    [3, 1], // 0.54
    [11, 2], // 1.98
    [100, 18],
    [218, 39], // 39.24
  ])('of %i patients draws %i for validation', (count, validation) => {
    const result = split(patients(count));
    expect(drawn(result)).toHaveLength(validation);
    expect(Object.keys(result.split)).toHaveLength(count);
  });

  it('leaves somebody to train on, whatever the share', () => {
    expect(drawn(split(patients(3), {}, 0.99))).toHaveLength(2);
    expect(drawn(split(patients(3), {}, 0.01))).toHaveLength(1);
  });

  it('draws from every hospital, sex and set of sequences by its share', () => {
    // 50 of hospital A, 30 of B, 20 of C; every other one male; a fifth of them with a T2 only.
    const mixed = patients(100, (i) => ({
      hospital: i < 50 ? 'A' : i < 80 ? 'B' : 'C',
      sex: i % 2 === 0 ? 'F' : 'M',
      sequences: i % 5 === 0 ? ['t2'] : ['t2', 't1'],
    }));
    expect(split(mixed, {}, 0.2).table).toEqual([
      { group: 'all', value: 'patients', train: 80, validation: 20 },
      { group: 'hospital', value: 'A', train: 40, validation: 10 },
      { group: 'hospital', value: 'B', train: 24, validation: 6 },
      { group: 'hospital', value: 'C', train: 16, validation: 4 },
      { group: 'sex', value: 'F', train: 40, validation: 10 },
      { group: 'sex', value: 'M', train: 40, validation: 10 },
      { group: 'sequences', value: 't1+t2', train: 64, validation: 16 },
      { group: 'sequences', value: 't2', train: 16, validation: 4 },
    ]);
  });

  it('keeps who has been assigned and draws only what is missing', () => {
    const previous = { '1': 'validation', '2': 'train', '3': 'train', gone: 'validation' } as const;
    const result = split(patients(20), previous, 0.2);
    expect(result.split).toMatchObject(previous);
    expect(result.moved).toEqual([]);
    // round(0.2 x 20) = 4 of those given; "gone" is kept, but isn't one of them.
    expect(drawn(result).filter((name) => name !== 'gone')).toHaveLength(4);
    expect(result.table[0]).toEqual({ group: 'all', value: 'patients', train: 16, validation: 4 });
  });

  it('draws nobody while earlier assignments hold more than the share', () => {
    const previous = Object.fromEntries(patients(5).map(({ patient: name }) => [name, 'validation' as const]));
    expect(drawn(split(patients(10), previous))).toEqual(['1', '2', '3', '4', '5']);
  });

  it('makes up for a group that earlier assignments left out', () => {
    // Hospital A gave all 4 validation patients of the first 20; then 20 of B come: 8 of 40 are due, all four new ones from B.
    const first = patients(20);
    const previous = split(first, {}, 0.2).split;
    const second = Array.from({ length: 20 }, (_, i) => patient(`b${i}`, { hospital: 'B' }));
    const fresh = drawn(split([...first, ...second], previous, 0.2)).filter((name) => !(name in previous));
    expect(fresh).toHaveLength(4);
    expect(fresh.every((name) => name.startsWith('b'))).toBe(true);
  });

  it('exchanges what the draw left uneven', () => {
    // Drawing alone, the neediest stratum first, gave 25 women for 24.3 and 14 men for 14.7 of a cohort like SPIDER's.
    const strata: [number, Partial<SplitPatient>][] = [
      [62, { hospital: 'OH', sex: 'F' }],
      [28, { hospital: 'OH', sex: 'M' }],
      [22, { hospital: 'RH1', sex: 'F' }],
      [15, { hospital: 'RH1', sex: 'M' }],
      [2, { hospital: 'RH1', sex: 'F', sequences: ['t1'] }],
      [4, { hospital: 'RH1', sex: 'M', sequences: ['t1'] }],
      [14, { hospital: 'RH2', sex: 'F' }],
      [10, { hospital: 'RH2', sex: 'M' }],
      [13, { hospital: 'RH2', sex: 'F', sequences: ['t2'] }],
      [7, { hospital: 'RH2', sex: 'M', sequences: ['t2'] }],
      [23, { hospital: 'UMC', sex: 'F', sequences: ['t1', 't2', 't2_SPACE'] }],
      [18, { hospital: 'UMC', sex: 'M', sequences: ['t1', 't2', 't2_SPACE'] }],
    ];
    const facts = strata.flatMap(([count, one]) => Array.from({ length: count }, () => one));
    const { table } = split(patients(facts.length, (i) => facts[i]!));
    // 39 of 218: every group gets its share, rounded one way or the other.
    for (const { train, validation } of table) {
      expect(Math.abs(validation - (39 / 218) * (train + validation))).toBeLessThan(1);
    }
    const of = (value: string) => table.find((row) => row.value === value)!.validation;
    expect([of('F'), of('M')]).toEqual([24, 15]);
  });

  it('depends on the seed and on nothing but the seed', () => {
    const all = patients(60);
    expect(split([...all].reverse())).toEqual(split(all));
    expect(drawn(split(all, {}, 0.18, 2))).not.toEqual(drawn(split(all)));
    // The order in which somebody's sequences are named does not matter.
    const turned = all.map((one) => ({ ...one, sequences: [...one.sequences].reverse() }));
    expect(split(turned)).toEqual(split(all));
  });

  it('refuses a patient twice and a share that is none', () => {
    const twice = [patient('7'), patient('8'), patient('7')];
    expect(() => split(twice)).toThrow(new InvalidInputError('split', 'patients', 'each patient once', '7'));
    for (const share of [0, 1, -0.1, NaN]) expect(() => split(patients(3), {}, share)).toThrow(InvalidInputError);
  });

  it('is sticky, order-independent and of the right size for any cohort', () => {
    const facts = fc.record({
      hospital: fc.constantFrom('A', 'B', 'C'),
      sex: fc.constantFrom('F' as const, 'M' as const, 'unknown' as const),
      sequences: fc.subarray(['t1' as const, 't2' as const, 't2_SPACE' as const], { minLength: 1 }),
    });
    const cohort = fc.array(facts, { maxLength: 60 }).map((all) => all.map((one, i) => patient(`${i}`, one)));
    fc.assert(
      fc.property(
        cohort,
        fc.integer({ min: 0, max: 60 }),
        fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        (all, cut, share) => {
          const early = split(all.slice(0, cut), {}, share);
          const late = split([...all].reverse(), early.split, share);
          expect(late).toEqual(split(all, early.split, share));
          expect(late.split).toMatchObject(early.split);
          const due = all.length < 2 ? 0 : Math.min(all.length - 1, Math.max(1, Math.round(share * all.length)));
          expect(drawn(late)).toHaveLength(Math.max(due, drawn(early).length));
        },
      ),
      { numRuns: 60 },
    );
  });
});

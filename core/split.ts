import type { Sex, SplitSet } from './catalog.ts';
import type { Hospital, PatientId, Sequence } from './ids.ts';
import { InvalidInputError } from './invalid-input.ts';
import { compareText, mixedHash } from './mixed-hash.ts';

export { assertNoLeak, LeakError } from './leak.ts';

/** What the split knows of a patient; `sequences` are all that the patient has, in any order. */
export interface SplitPatient {
  patient: PatientId;
  hospital: Hospital;
  sex: Sex;
  sequences: Sequence[];
}

/** How many patients of one group are in each set. */
export interface SplitTableRow {
  group: 'all' | 'hospital' | 'sex' | 'sequences';
  value: string;
  train: number;
  validation: number;
}

export interface Resplit {
  /** Every patient given or assigned before. */
  split: Record<PatientId, SplitSet>;
  /** Patients whose set changed: none, since the split is sticky. */
  moved: PatientId[];
  /** Over the patients given: all of them, then by hospital, sex and sequences. */
  table: SplitTableRow[];
}

/**
 * Assigns patients to train and validation. Deterministic, whatever the order of the patients; sticky: a patient assigned before
 * stays. The number of validation patients is round(share · patients), at least one of each set from two patients on, as far as
 * earlier assignments allow; a single new patient goes to train. New validation patients are drawn one by one from the stratum
 * (hospital, sex, sequences) that falls most short of its share, counted for the stratum and for each of its three groups; then
 * new ones are exchanged between strata for as long as that brings hospitals, sexes and sequences closer to their shares.
 * Within a stratum, and between equals, a hash of seed and name decides.
 * Throws InvalidInputError for a patient given twice and a share outside (0, 1).
 */
export function resplit(input: {
  patients: readonly SplitPatient[];
  previous: Readonly<Record<PatientId, SplitSet>>;
  validationShare: number;
  seed: number;
}): Resplit {
  const { patients, previous, validationShare: share, seed } = input;
  if (!(share > 0 && share < 1)) throw new InvalidInputError('split', 'validationShare', 'between 0 and 1', `${share}`);
  const split = new Map<PatientId, SplitSet>(Object.entries(previous));
  const groups = new Groups(share);
  const strata = new Map<string, Stratum>();
  const seen = new Set<PatientId>();
  let validation = 0;
  for (const one of patients) {
    if (seen.has(one.patient)) throw new InvalidInputError('split', 'patients', 'each patient once', one.patient);
    seen.add(one.patient);
    const names = groupsOf(one);
    groups.add(names);
    const before = split.get(one.patient);
    if (before === 'validation') {
      groups.draw(names, 1);
      validation++;
    }
    if (before === undefined) {
      const stratum = strata.get(names[0]!) ?? { groups: names, fresh: [], drawn: [] };
      stratum.fresh.push(one.patient);
      strata.set(names[0]!, stratum);
    }
  }
  for (const stratum of strata.values()) stratum.fresh.sort(byHash(seed));
  const order = [...strata.keys()].sort(byHash(seed));
  for (; validation < target(patients.length, share); validation++) {
    const open = order.map((name) => strata.get(name)!).filter((stratum) => stratum.fresh.length > 0);
    const [first, ...rest] = open;
    if (!first) break;
    const neediest = rest.reduce((a, b) => (groups.need(b.groups) > groups.need(a.groups) + 1e-9 ? b : a), first);
    groups.draw(neediest.groups, 1);
    neediest.drawn.push(neediest.fresh.shift()!);
  }
  exchange(
    order.map((name) => strata.get(name)!),
    groups,
  );
  for (const { fresh, drawn } of strata.values()) {
    for (const patient of drawn) split.set(patient, 'validation');
    for (const patient of fresh) split.set(patient, 'train');
  }
  const moved = Object.keys(previous).filter((patient) => split.get(patient) !== previous[patient]);
  const ordered = [...split].sort(([a], [b]) => compareText(a, b));
  return { split: Object.fromEntries(ordered), moved: moved.sort(compareText), table: splitTable(patients, split) };
}

/** Patients who are new and alike: those left, and those drawn for validation, both in the order of the lot. */
interface Stratum {
  groups: string[];
  fresh: PatientId[];
  drawn: PatientId[];
}

/** Exchanges one drawn patient for one of another stratum, the best exchange first, until none helps. */
function exchange(strata: readonly Stratum[], groups: Groups): void {
  while (true) {
    let best: { gain: number; back: Stratum; instead: Stratum } | undefined;
    for (const back of strata.filter(({ drawn }) => drawn.length > 0)) {
      for (const instead of strata.filter((other) => other !== back && other.fresh.length > 0)) {
        const gain = groups.gain(back.groups, instead.groups);
        if (gain > (best?.gain ?? 0) + 1e-9) best = { gain, back, instead };
      }
    }
    if (!best) return;
    groups.draw(best.back.groups, -1);
    groups.draw(best.instead.groups, 1);
    best.back.fresh.unshift(best.back.drawn.pop()!);
    best.instead.drawn.push(best.instead.fresh.shift()!);
  }
}

function target(patients: number, share: number): number {
  return patients < 2 ? 0 : Math.min(patients - 1, Math.max(1, Math.round(share * patients)));
}

/** The stratum first, then the three groups it belongs to. */
function groupsOf({ hospital, sex, sequences }: SplitPatient): string[] {
  const sorted = sequencesOf(sequences);
  return [`${hospital}|${sex}|${sorted}`, `hospital ${hospital}`, `sex ${sex}`, `sequences ${sorted}`];
}

function sequencesOf(sequences: readonly Sequence[]): string {
  return [...new Set(sequences)].sort(compareText).join('+');
}

function byHash(seed: number): (a: string, b: string) => number {
  return (a, b) => mixedHash(`${seed}/${a}`) - mixedHash(`${seed}/${b}`) || compareText(a, b);
}

/** Counts, for every group, its patients and those drawn for validation. */
class Groups {
  private readonly counts = new Map<string, { patients: number; drawn: number }>();
  constructor(private readonly share: number) {}

  add(names: readonly string[]): void {
    for (const name of names) this.of(name).patients++;
  }

  draw(names: readonly string[], count: 1 | -1): void {
    for (const name of names) this.of(name).drawn += count;
  }

  /** How many validation patients the groups fall short of their share, summed. */
  need(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + this.share * this.of(name).patients - this.of(name).drawn, 0);
  }

  /** How much closer to its share an exchange would bring the three groups; strata, being small, count a tenth of them. */
  gain(back: readonly string[], instead: readonly string[]): number {
    const before = this.off(back, instead);
    this.draw(back, -1);
    this.draw(instead, 1);
    const after = this.off(back, instead);
    this.draw(back, 1);
    this.draw(instead, -1);
    return before - after;
  }

  private off(a: readonly string[], b: readonly string[]): number {
    let sum = 0;
    for (const names of [a, b]) {
      names.forEach((name, i) => {
        // What both belong to is counted once.
        if (names === b && a.includes(name)) return;
        const { patients, drawn } = this.of(name);
        sum += (i === 0 ? 0.1 : 1) * Math.abs(this.share * patients - drawn);
      });
    }
    return sum;
  }

  private of(name: string): { patients: number; drawn: number } {
    const found = this.counts.get(name) ?? { patients: 0, drawn: 0 };
    this.counts.set(name, found);
    return found;
  }
}

/** Counts the patients of both sets, of all and by hospital, sex and sequences. Every patient must have a set. */
export function splitTable(
  patients: readonly SplitPatient[],
  split: ReadonlyMap<PatientId, SplitSet>,
): SplitTableRow[] {
  const rows = new Map<string, SplitTableRow>();
  const count = (group: SplitTableRow['group'], value: string, set: SplitSet) => {
    const row = rows.get(`${group} ${value}`) ?? { group, value, train: 0, validation: 0 };
    row[set]++;
    rows.set(`${group} ${value}`, row);
  };
  for (const one of patients) {
    const set = split.get(one.patient)!;
    count('all', 'patients', set);
    count('hospital', one.hospital, set);
    count('sex', one.sex, set);
    count('sequences', sequencesOf(one.sequences), set);
  }
  const order = ['all', 'hospital', 'sex', 'sequences'];
  return [...rows.values()].sort(
    (a, b) => order.indexOf(a.group) - order.indexOf(b.group) || compareText(a.value, b.value),
  );
}

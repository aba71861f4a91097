import type { Catalog, SplitSet } from './catalog.ts';
import type { PatientId } from './ids.ts';
import { hiddenNumbers } from './hidden-patients.ts';
import { compareText } from './mixed-hash.ts';
import { firstNumber, personsOf, type LinkedPersons } from './patient-links.ts';
import { annotatedPatients } from './split-patients.ts';
import { resplit, type Resplit, type SplitPatient } from './split.ts';

/**
 * As `resplit`, with persons of several study numbers as one unit: counted once, drawn once, all numbers in one set. A person of whom
 * one number validates does so under all: nobody goes from validation to train. `table` counts persons; hospital and sex are those of
 * the first number that is there.
 */
export function splitPersons(input: {
  patients: readonly SplitPatient[];
  previous: Readonly<Record<PatientId, SplitSet>>;
  persons: LinkedPersons;
  validationShare: number;
  seed: number;
}): Resplit {
  const { patients, previous, persons, ...how } = input;
  const first = (patient: PatientId) => firstNumber(patient, persons);
  const units = new Map<PatientId, SplitPatient>();
  for (const one of [...patients].sort((a, b) => compareText(a.patient, b.patient))) {
    const name = first(one.patient);
    const known = units.get(name);
    if (known) known.sequences.push(...one.sequences);
    else units.set(name, { ...one, patient: name, sequences: [...one.sequences] });
  }
  const sets: Record<PatientId, SplitSet> = {};
  for (const [patient, set] of Object.entries(previous)) {
    const name = first(patient);
    if (sets[name] !== 'validation') sets[name] = set;
  }
  const { split: bySet, table } = resplit({ ...how, patients: [...units.values()], previous: sets });
  const names = new Set([...Object.keys(previous), ...patients.map(({ patient }) => patient)]);
  const split = Object.fromEntries([...names].sort(compareText).map((patient) => [patient, bySet[first(patient)]!]));
  const moved = Object.keys(previous).filter((patient) => split[patient] !== previous[patient]);
  return { split, moved: moved.sort(compareText), table };
}

/**
 * Gives every patient of a catalog who has a reference a set. Those who have one keep it, unless a re-split waits and `mayRedraw`: then
 * everybody is drawn anew, and the re-split is recorded as done. Hidden-test patients get none.
 */
export function splitCatalog(
  catalog: Catalog,
  { validationShare, seed, mayRedraw }: { validationShare: number; seed: number; mayRedraw: boolean },
): Catalog {
  const { nextSplit, ...rest } = catalog;
  const hidden = hiddenNumbers(catalog);
  const patients = annotatedPatients(catalog.series.filter(({ patient }) => !hidden.has(patient)));
  const persons = personsOf(catalog.links ?? []);
  if (!nextSplit || !mayRedraw) {
    const { split } = splitPersons({ patients, previous: catalog.split, persons, validationShare, seed });
    return { ...catalog, split };
  }
  const { reason: _, ...how } = nextSplit;
  const { split } = splitPersons({ patients, previous: {}, persons, ...how });
  return { ...rest, split, resplits: [...(catalog.resplits ?? []), nextSplit] };
}

import type { PatientId } from './ids.ts';
import { InvalidInputError } from './invalid-input.ts';
import type { LinkedPersons } from './patient-links.ts';
import { splitPersons } from './person-split.ts';
import type { SplitPatient } from './split.ts';

/**
 * Divides patients into parts of as equal size as can be, each made up as all of them are (hospital, sex and sequences, as the split
 * is); persons of several study numbers stay together. Deterministic; the seed decides between equals. Throws InvalidInputError when
 * there are fewer persons than parts.
 */
export function dividedPatients(
  patients: readonly SplitPatient[],
  count: number,
  seed: number,
  persons: LinkedPersons = [],
): Set<PatientId>[] {
  const known = new Set(patients.map(({ patient }) => patient));
  const doubles = persons
    .map((person) => person.filter((patient) => known.has(patient)).length)
    .reduce((sum, numbers) => sum + Math.max(0, numbers - 1), 0);
  if (patients.length - doubles < count) {
    const got = `${patients.length - doubles}`;
    throw new InvalidInputError('folds', 'patients', `at least ${count} to divide among ${count} parts`, got);
  }
  const parts: Set<PatientId>[] = [];
  let left = [...patients];
  for (let open = count; open > 1; open--) {
    const { split } = splitPersons({ patients: left, previous: {}, persons, validationShare: 1 / open, seed });
    parts.push(new Set(left.map(({ patient }) => patient).filter((patient) => split[patient] === 'validation')));
    left = left.filter(({ patient }) => split[patient] === 'train');
  }
  return [...parts, new Set(left.map(({ patient }) => patient))];
}

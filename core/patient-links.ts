import { z } from 'zod';
import { Digest, PatientId } from './ids.ts';
import { compareText } from './mixed-hash.ts';

/** Two study numbers of one person, as somebody recorded it. A link that was a mistake is withdrawn, never deleted. */
export const PatientLink = z.object({
  /** Ascending. */
  patients: z.tuple([PatientId, PatientId]),
  /** How it became known. */
  reason: z.string().min(1),
  /** The newest version when it was recorded; null before the first. */
  after: Digest.nullable(),
  /** Why it no longer holds. */
  withdrawn: z.string().min(1).optional(),
});
export type PatientLink = z.infer<typeof PatientLink>;

/** Persons who stand under several study numbers: each person's numbers, ascending; persons by their first. */
export type LinkedPersons = readonly (readonly PatientId[])[];

/** The persons that links make: who is linked to one number is linked to all that it is linked to. Withdrawn links make none. */
export function personsOf(links: readonly PatientLink[]): PatientId[][] {
  return joined(links.filter(({ withdrawn }) => withdrawn === undefined).map(({ patients }) => patients));
}

/** Joins groups that share a number. */
export function joined(groups: LinkedPersons): PatientId[][] {
  let persons: Set<PatientId>[] = [];
  for (const group of groups) {
    const [touched, others] = [[] as Set<PatientId>[], [] as Set<PatientId>[]];
    for (const person of persons) (group.some((patient) => person.has(patient)) ? touched : others).push(person);
    persons = [...others, new Set([...group, ...touched.flatMap((person) => [...person])])];
  }
  return persons
    .filter(({ size }) => size > 1)
    .map((person) => [...person].sort(compareText))
    .sort(([a], [b]) => compareText(a!, b!));
}

/** All study numbers of the persons that the patients are: themselves, and those they are linked to. */
export function numbersOf(patients: Iterable<PatientId>, persons: LinkedPersons): Set<PatientId> {
  const numbers = new Set(patients);
  for (const person of persons) {
    if (person.some((patient) => numbers.has(patient))) for (const patient of person) numbers.add(patient);
  }
  return numbers;
}

/** The study number that stands for a patient's person: the first of all its numbers. */
export function firstNumber(patient: PatientId, persons: LinkedPersons): PatientId {
  return persons.find((person) => person.includes(patient))?.[0] ?? patient;
}

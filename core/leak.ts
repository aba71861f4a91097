import type { PatientId } from './ids.ts';
import { compareText } from './mixed-hash.ts';
import { numbersOf, type LinkedPersons } from './patient-links.ts';

/** A model would be judged on patients it has learned from. Permanent. Names pseudonyms, at most twenty. */
export class LeakError extends Error {
  override readonly name = 'LeakError';

  constructor(readonly patients: readonly PatientId[]) {
    const shown = patients.slice(0, 20).join(', ');
    const more = patients.length > 20 ? ` and ${patients.length - 20} more` : '';
    super(`validation patients that the model has seen in training: ${shown}${more}`);
  }
}

/**
 * Throws LeakError, with the patients, when any validation patient is among those a model has seen, be it under another number of
 * the same person.
 */
export function assertNoLeak(
  patientsSeen: readonly PatientId[],
  validationPatients: readonly PatientId[],
  persons: LinkedPersons = [],
): void {
  const seen = numbersOf(patientsSeen, persons);
  const leaked = new Set(validationPatients.filter((patient) => seen.has(patient)));
  if (leaked.size > 0) throw new LeakError([...leaked].sort(compareText));
}

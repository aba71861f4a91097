import { z } from 'zod';
import type { Catalog } from './catalog.ts';
import { Digest, PatientId } from './ids.ts';
import { compareText } from './mixed-hash.ts';
import { numbersOf, personsOf } from './patient-links.ts';

/** A patient of the hidden test: never in train, never in validation, data in the sealed bucket only. For good. */
export const HiddenPatient = z.object({
  patient: PatientId,
  reason: z.string().min(1),
  /** Models that had seen the person before: they can't be judged on it. Only a link of two numbers can bring that about. */
  seenBy: z.array(Digest).optional(),
});
export type HiddenPatient = z.infer<typeof HiddenPatient>;

/** Hidden-test patients would take part in something that is open to them no more. Permanent. */
export class HiddenPatientError extends Error {
  override readonly name = 'HiddenPatientError';

  /** `what` would hold them, e.g. "version 3f2a9c". */
  constructor(
    what: string,
    readonly patients: readonly PatientId[],
  ) {
    const shown = patients.slice(0, 20).join(', ');
    const more = patients.length > 20 ? ` and ${patients.length - 20} more` : '';
    super(`${what}: expected no hidden-test patient, got ${shown}${more}: they neither train nor validate`);
  }
}

/** Every number of the persons who are hidden. */
export function hiddenNumbers({ hidden = [], links = [] }: Pick<Catalog, 'hidden' | 'links'>): Set<PatientId> {
  return numbersOf(
    hidden.map(({ patient }) => patient),
    personsOf(links),
  );
}

/** Throws HiddenPatientError when any of the patients is hidden. */
export function refuseHidden(what: string, patients: Iterable<PatientId>, hidden: ReadonlySet<PatientId>): void {
  const found = [...new Set(patients)].filter((patient) => hidden.has(patient)).sort(compareText);
  if (found.length > 0) throw new HiddenPatientError(what, found);
}

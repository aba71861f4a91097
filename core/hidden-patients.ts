import { z } from 'zod';
import type { Catalog } from './catalog.ts';
import { Digest, PatientId, SeriesId } from './ids.ts';
import { compareText } from './mixed-hash.ts';
import { numbersOf, personsOf } from './patient-links.ts';

/** A digest that names nothing in the bucket it stands in, and is written so that garbage collection doesn't look for it there. */
const Fingerprint = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected "sha256:" and 64 hexadecimal characters');

export function fingerprint(digest: Digest): string {
  return `sha256:${digest}`;
}

/** A patient of the hidden test: never in train, never in validation, data in the sealed bucket only. For good. */
export const HiddenPatient = z.object({
  patient: PatientId,
  reason: z.string().min(1),
  /** Models that had seen the person before: they can't be judged on it. Only a link of two numbers can bring that about. */
  seenBy: z.array(Digest).optional(),
  /** The images in the sealed bucket, so that none of them comes in again under another name: the file's bytes, and geometry and voxels. */
  images: z.array(z.object({ series: SeriesId, source: Fingerprint, voxels: Fingerprint })).optional(),
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

/** Adds patients to a list of hidden ones, or to what it says of them; ascending. */
export function withHidden(hidden: readonly HiddenPatient[] = [], added: readonly HiddenPatient[]): HiddenPatient[] {
  const all = new Map(hidden.map((each) => [each.patient, each]));
  for (const { seenBy = [], images = [], ...one } of added) {
    const before = all.get(one.patient);
    const models = [...new Set([...(before?.seenBy ?? []), ...seenBy])].sort(compareText);
    const known = new Map([...(before?.images ?? []), ...images].map((image) => [image.series, image]));
    all.set(one.patient, {
      ...one,
      ...(before ? { reason: before.reason } : {}),
      ...(models.length > 0 ? { seenBy: models } : {}),
      ...(known.size > 0 ? { images: [...known.values()].sort((a, b) => compareText(a.series, b.series)) } : {}),
    });
  }
  return [...all.values()].sort((a, b) => compareText(a.patient, b.patient));
}

/** Throws HiddenPatientError when any of the patients is hidden. */
export function refuseHidden(what: string, patients: Iterable<PatientId>, hidden: ReadonlySet<PatientId>): void {
  const found = [...new Set(patients)].filter((patient) => hidden.has(patient)).sort(compareText);
  if (found.length > 0) throw new HiddenPatientError(what, found);
}

import { z } from 'zod';
import { SplitSet } from './catalog.ts';
import { DatasetName, Digest, ReviewerName, SeriesId, TaskId } from './ids.ts';
import { isDisc, isVertebra, CANAL, labelName } from './labels.ts';

/**
 * An erratum: what somebody outside says is wrong with a published mask. It opens a review task on the mask; a correction becomes a
 * patch version. Each is a record of its own, `refs/<dataset>/errata/<id>.json`.
 */
export const ERRATUM_SCHEMA = 'spindle.erratum/1';
export const ERRATA = 'errata';

/** Tasks of errata are counted from here: no round has such a number. */
export const FIRST_ERRATUM_TASK = 90_001;

/** The first 12 characters of the digest of what is said, of which mask: the same said twice is one erratum. */
export const ErratumId = z
  .string()
  .regex(/^[0-9a-f]{12}$/, 'expected the 12 characters of an erratum, as `errata list` shows them');
export type ErratumId = z.infer<typeof ErratumId>;

const LONGEST_TEXT = 500;

/** What a public text must not hold; null when it holds nothing of the kind. A guard against carelessness, no proof. */
export function identifyingPart(text: string): string | null {
  if (/[^\s@]@[^\s@]/.test(text)) return 'an e-mail address';
  if (/\b\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})\b/.test(text) || /\b(19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}\b/.test(text))
    return 'a date';
  if (/(\+|\b0)\d([ -]?\d){7,}/.test(text)) return 'a telephone number';
  if (/\d{6,}/.test(text)) return 'a number as long as one of a patient';
  if (/\b(mr|mrs|ms|dr|prof|herr|frau|dhr|mevr)\b\.?\s+\p{Lu}/iu.test(text) && /\s\p{Lu}\p{Ll}/u.test(text))
    return 'the name of a person';
  return null;
}

/** Free text that is stored and shown. One line; what looks as if it named a person is refused, and not repeated in the refusal. */
export const PublicText = z
  .string()
  .transform((text) => text.replace(/\s+/g, ' ').trim())
  .pipe(z.string().min(3).max(LONGEST_TEXT))
  .superRefine((text, check) => {
    const found = identifyingPart(text);
    if (found !== null) check.addIssue({ code: 'custom', message: `${found}: say it without` });
  });

/** A structure of a reference: a vertebra 1–25, the canal 100, a disc 201–225. */
export const StructureLabel = z
  .int()
  .refine((label) => (label < 101 ? isVertebra(label) || label === CANAL : isDisc(label)), '1–25, 100 or 201–225');

/** One line of public errata, as JSON. */
export const ErratumReport = z.strictObject({
  series: SeriesId,
  /** The structure concerned; null or left out where it is the whole mask. */
  label: StructureLabel.nullish(),
  text: PublicText,
  /** Who says so: the name of an account. Anything else (an address, a person's name) is not stored. */
  reporter: z.string().max(200).nullish(),
});
export type ErratumReport = z.infer<typeof ErratumReport>;

/** What of a reporter is stored: a handle. Null for an address, a name with spaces, or whatever else. */
export function storedReporter(reporter: string | null | undefined): string | null {
  return reporter && /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/.test(reporter) ? reporter : null;
}

/** An erratum as a patch version's manifest lists it. */
export const ErratumNote = z.object({
  id: ErratumId,
  series: SeriesId,
  label: z.int().nullable(),
  text: z.string(),
});
export type ErratumNote = z.infer<typeof ErratumNote>;

/** `fixed`: the mask was corrected. `unfounded`: a reviewer found it right. `excluded`: the series was taken out. `closed`: by hand. */
export const ERRATUM_STATES = ['open', 'in-review', 'fixed', 'unfounded', 'excluded', 'closed'] as const;
export const ErratumState = z.enum(ERRATUM_STATES);
export type ErratumState = z.infer<typeof ErratumState>;

/** What learned from a mask, or was scored against it. */
export const Affected = z.object({
  /** Versions that hold the mask, and the set it is in there. */
  versions: z.array(z.object({ version: Digest, set: SplitSet })),
  /** `trained` on such a version, the mask in its training set; `inherited`: started from a model that was. */
  models: z.array(
    z.object({ model: Digest, version: Digest, how: z.enum(['trained', 'inherited']), serves: z.boolean() }),
  ),
  /** Scores on a version whose validation set holds the mask. */
  evaluations: z.array(z.object({ model: Digest, version: Digest, meanDice: z.number().nullable() })),
});
export type Affected = z.infer<typeof Affected>;

export const Erratum = z.object({
  schema: z.literal(ERRATUM_SCHEMA),
  ...ErratumNote.shape,
  dataset: DatasetName,
  reporter: z.string().nullable(),
  /** The version it is said of, and the mask of the series there. */
  version: Digest,
  mask: Digest,
  state: ErratumState,
  /** The review task that it opened. */
  task: TaskId.nullable(),
  /** How it ended; null until then. */
  outcome: z
    .object({
      /** The patch version; null when nothing was changed. */
      version: Digest.nullable(),
      /** The mask after it; null when there is none any more. */
      mask: Digest.nullable(),
      reviewer: ReviewerName.nullable(),
      voxelsChanged: z.int().nonnegative(),
      reason: z.string().nullable(),
      affected: Affected,
    })
    .nullable(),
});
export type Erratum = z.infer<typeof Erratum>;

export function isSettled({ state }: Pick<Erratum, 'state'>): boolean {
  return state !== 'open' && state !== 'in-review';
}

/** What makes two errata the same one: lower case and single blanks, of the same mask. */
export function erratumContent({ series, label, text }: Omit<ErratumNote, 'id'>, mask: Digest): object {
  return { series, label, text: text.toLowerCase().replace(/[.!\s]+$/, ''), mask };
}

export function noteOf({ id, series, label, text }: ErratumNote): ErratumNote {
  return { id, series, label, text };
}

/** `erratum 1a2b3c4d5e6f: 2_t2, disc L3/L4 (203): swallowed by the vertebra`. */
export function erratumWords({ id, series, label, text }: ErratumNote): string {
  const structure = label === null ? '' : `, ${labelName(label)} (${label})`;
  return `erratum ${id}: ${series}${structure}: ${text}`;
}

import { z } from 'zod';
import { FreshSplit } from './fresh-split.ts';
import { Grid } from './geometry.ts';
import { HiddenPatient } from './hidden-patients.ts';
import {
  DatasetName,
  Digest,
  Hospital,
  ObjectRef,
  PatientId,
  ReviewerName,
  Sequence,
  SeriesId,
  StudyId,
} from './ids.ts';
import { STRUCTURE_CLASSES } from './labels.ts';
import { PatientLink } from './patient-links.ts';

/**
 * The catalog is the working state of a dataset: every ingested series, what is known of its mask, and the sticky split.
 * It is an immutable object in S3; `refs/<dataset>/catalog.json` points at the newest one and moves by compare-and-swap.
 * A dataset version is a frozen view of it (core/manifest.ts).
 */

export const CATALOG_SCHEMA = 'spindle.catalog/1';

/** A stored MHA: the file's digest and size, and the digest of canonical geometry + raw voxels, whatever zlib wrote the file. */
export const StoredVolume = z.object({ ...ObjectRef.shape, voxelDigest: Digest });
export type StoredVolume = z.infer<typeof StoredVolume>;

export const SplitSet = z.enum(['train', 'validation']);
export type SplitSet = z.infer<typeof SplitSet>;

export const Sex = z.enum(['F', 'M', 'O', 'unknown']);
export type Sex = z.infer<typeof Sex>;

/** How a reference came to be: given at ingest, or a reviewer's verdict on a propagated mask or on a model's proposal. */
export const ReferenceOrigin = z.enum(['given', 'accepted', 'corrected']);

export const Reference = z.object({
  mask: StoredVolume,
  origin: ReferenceOrigin,
  /** What the reviewer was shown: nothing, a mask propagated from the SPACE series, a model's proposal, or the reference before. */
  base: z.enum(['none', 'propagated', 'proposal', 'reference']),
  baseDigest: Digest.nullable(),
  modelDigest: Digest.nullable(),
  round: z.int().nonnegative(),
  reviewer: ReviewerName.nullable(),
  /** Minutes the reviewer worked on it; 0 for a given mask. */
  minutes: z.number().nonnegative(),
  /** Voxels that differ from the base, and the Dice between base and reference over the foreground (1 when untouched). */
  voxelsChanged: z.int().nonnegative(),
  diceToBase: z.number().min(0).max(1),
  /** Labels present, ascending; vertebrae cut by the edge of the volume. */
  labels: z.array(z.int()),
  incompleteVertebrae: z.array(z.int()),
  /** Classes that were annotated at all: a mask of discs alone must not teach a network that there are no vertebrae. */
  annotatedClasses: z.array(z.enum(STRUCTURE_CLASSES)).min(1),
});
export type Reference = z.infer<typeof Reference>;

/** What a reference that was given at ingest has in common with every other. */
export const GIVEN = {
  origin: 'given',
  base: 'none',
  baseDigest: null,
  modelDigest: null,
  round: 0,
  reviewer: null,
  minutes: 0,
  voxelsChanged: 0,
  diceToBase: 1,
} as const satisfies Partial<Reference>;

/** The columns of overview.csv that are kept, as the publisher wrote them (acquisition facts; no identifying field). */
export const OverviewRow = z.record(z.string(), z.string());
export type OverviewRow = z.infer<typeof OverviewRow>;

export const CatalogSeries = z.object({
  series: SeriesId,
  study: StudyId,
  patient: PatientId,
  sequence: Sequence,
  hospital: Hospital,
  sex: Sex,
  grid: Grid,
  image: StoredVolume,
  /** SHA-256 of the file as it was handed in, before it was rewritten with geometry only. */
  sourceDigest: Digest,
  overview: OverviewRow.nullable(),
  reference: Reference.nullable(),
  /** Set when a reviewer excluded the series; it is then never proposed again and enters no version. */
  excluded: z.object({ reason: z.string(), round: z.int().nonnegative() }).nullable(),
});
export type CatalogSeries = z.infer<typeof CatalogSeries>;

export const Catalog = z.object({
  schema: z.literal(CATALOG_SCHEMA),
  dataset: DatasetName,
  /** Ascending by (study number, sequence): `compareSeries`. */
  series: z.array(CatalogSeries),
  /** Patient → set. Sticky: an entry is never changed by growth of the data, only by a recorded `fresh` re-split. */
  split: z.record(PatientId, SplitSet),
  /** Study numbers that are one person, in the order in which they were recorded. */
  links: z.array(PatientLink).optional(),
  /** Patients of the hidden test, ascending. None of their series is here: they lie in the sealed bucket, with a catalog of its own. */
  hidden: z.array(HiddenPatient).optional(),
  /** Re-splits that took effect, in order. */
  resplits: z.array(FreshSplit).optional(),
  /** The re-split that takes effect when the next training set is frozen. */
  nextSplit: FreshSplit.optional(),
});
export type Catalog = z.infer<typeof Catalog>;

const SEQUENCE_ORDER: Record<Sequence, number> = { t1: 0, t2: 1, t2_SPACE: 2 };

export function compareSeries(
  a: { study: StudyId; sequence: Sequence },
  b: { study: StudyId; sequence: Sequence },
): number {
  return Number(a.study) - Number(b.study) || SEQUENCE_ORDER[a.sequence] - SEQUENCE_ORDER[b.sequence];
}

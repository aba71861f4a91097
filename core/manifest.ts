import { z } from 'zod';
import { CatalogSeries, SplitSet } from './catalog.ts';
import { ErratumNote } from './erratum.ts';
import { FreshSplit } from './fresh-split.ts';
import { DatasetName, Digest, PatientId } from './ids.ts';
import { LeakProof } from './leak-proof.ts';

/**
 * A dataset version: an immutable manifest, named by the SHA-256 of its canonical JSON (core/canonical-json.ts) and stored as
 * `versions/<dataset>/<digest>.json`. It holds no time and no machine: the same content with the same parent, at the same state of
 * the models, has the same name.
 * docs/format.md describes it for readers without this code.
 */
export const MANIFEST_SCHEMA = 'spindle.manifest/1';

export const ManifestSeries = CatalogSeries.omit({ excluded: true, reference: true }).extend({
  split: SplitSet,
  reference: CatalogSeries.shape.reference.unwrap(),
});
export type ManifestSeries = z.infer<typeof ManifestSeries>;

export const Manifest = z.object({
  schema: z.literal(MANIFEST_SCHEMA),
  dataset: DatasetName,
  /** The version this one follows; null for the first. */
  parent: Digest.nullable(),
  /** Only series with a reference, ascending by (study number, sequence). */
  series: z.array(ManifestSeries),
  /** Patient → set, for every patient of `series`; the split is by patient and disjoint by construction. */
  split: z.record(PatientId, SplitSet),
  /** Study numbers that are one person: each person's, ascending; absent when there is none. */
  persons: z.array(z.array(PatientId)).optional(),
  /** Patients of the hidden test, ascending, none of whom is in the version; absent when there is none. */
  hidden: z.array(PatientId).optional(),
  /** The recorded re-splits up to this version, in order; the last was drawn for this one if the parent lacks it. */
  resplits: z.array(FreshSplit).optional(),
  /** The errata that this version mends, where it is a patch. */
  errata: z.array(ErratumNote).optional(),
  /** The models there were when the version was published. Manifests of before it was recorded have none. */
  leakProof: LeakProof.optional(),
});
export type Manifest = z.infer<typeof Manifest>;

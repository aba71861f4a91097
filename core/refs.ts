import { z } from 'zod';
import { SplitSet } from './catalog.ts';
import { Digest, ObjectRef, PatientId } from './ids.ts';
import { RoundReport } from './loop.ts';

/**
 * The mutable records of a dataset, `refs/<dataset>/<name>.json`; each moves by compare-and-swap.
 * `models` holds a ModelRegistry (core/models.ts).
 */
export const REF = {
  catalog: 'catalog',
  models: 'models',
  main: 'main',
  rounds: 'rounds',
  imports: 'imports',
  /** Settled review tasks, blinded controls and audits: core/review-records.ts. */
  reviews: 'reviews',
  controls: 'controls',
  audits: 'audits',
} as const;

/** `refs/<dataset>/catalog.json`: the newest Catalog, a stored object. */
export const CatalogPointer = z.object({ catalog: ObjectRef });
export type CatalogPointer = z.infer<typeof CatalogPointer>;

/** `refs/<dataset>/main.json`: the newest published version; its manifest's `parent` leads to the one before. */
export const VersionPointer = z.object({ version: Digest });
export type VersionPointer = z.infer<typeof VersionPointer>;

/**
 * `refs/<dataset>/tags/<name>.json` holds a VersionPointer that does not move by itself. A name can't be taken for `main`, nor
 * for the beginning of a digest.
 */
export const TAGS = 'tags';
export const TagName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'expected a tag of lower-case letters, digits, dots and hyphens, e.g. "v1.0"')
  .refine(
    (name) => name !== 'main' && !/^[0-9a-f]{4,64}$/.test(name),
    'expected a tag that is not like a digest or "main"',
  );
export type TagName = z.infer<typeof TagName>;

/** `refs/<dataset>/rounds.json`: the reports of the finished rounds, ascending by round. */
export const RoundLog = z.object({ rounds: z.array(RoundReport) });
export type RoundLog = z.infer<typeof RoundLog>;

/**
 * How an imported version came by its split: the sets that the release named, and the share and seed by which other patients were
 * drawn.
 */
export const ImportRecord = z.object({
  version: Digest,
  layout: z.enum(['spider', 'nnunet']),
  sets: z.record(PatientId, SplitSet),
  validationShare: z.number().gt(0).lt(1),
  seed: z.int().nonnegative(),
});
export type ImportRecord = z.infer<typeof ImportRecord>;

/** `refs/<dataset>/imports.json`: the imports of a dataset, one for each version that came of one. */
export const ImportLog = z.object({ imports: z.array(ImportRecord) });
export type ImportLog = z.infer<typeof ImportLog>;

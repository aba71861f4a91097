import { z } from 'zod';

const Share = z.number().min(0).max(1);

/**
 * What a release asks for. Every threshold is here; a file (`--policy`) may say otherwise, field by field, and what was asked for is
 * kept in the release. `required: false` shows a gate without its refusing anything.
 */
export const ReleasePolicy = z
  .strictObject({
    /** Of all references: the share that a refusing gate may refuse (none), and the share that may carry a flag of anatomy. */
    masks: z.strictObject({ refusedShare: Share.default(0), flaggedShare: Share.default(0.1) }).prefault({}),
    /**
     * The upper end of the audits' interval for the share of accepted masks that are wrong, and how many must have been audited: 35
     * without an error, of as many patients, are just enough for 10 %.
     */
    residualError: z
      .strictObject({
        required: z.boolean().default(true),
        upperBound: Share.default(0.1),
        audits: z.int().positive().default(35),
      })
      .prefault({}),
    /** An estimate of how far corrected references lean towards the model. Its size refuses nothing unless `lean` is given. */
    bias: z
      .strictObject({
        required: z.boolean().default(true),
        controls: z.int().positive().default(5),
        lean: z.number().nullable().default(null),
      })
      .prefault({}),
    /** The serving model evaluated on every validation series of the version. */
    tables: z.strictObject({ required: z.boolean().default(true) }).prefault({}),
    papers: z
      .strictObject({
        licence: z.boolean().default(true),
        citation: z.boolean().default(true),
        /** What Croissant asks for and no manifest knows. */
        about: z.boolean().default(false),
      })
      .prefault({}),
    errata: z.strictObject({ open: z.int().nonnegative().default(0) }).prefault({}),
    /** `versions reproduce` came out well. `equal`: nothing merely within tolerance. */
    reproduction: z
      .strictObject({ required: z.boolean().default(false), equal: z.boolean().default(false) })
      .prefault({}),
    /** Whether `publish` without a key is refused. */
    signature: z.strictObject({ required: z.boolean().default(false) }).prefault({}),
  })
  .prefault({});
export type ReleasePolicy = z.infer<typeof ReleasePolicy>;

export const DEFAULT_RELEASE_POLICY: ReleasePolicy = ReleasePolicy.parse({});

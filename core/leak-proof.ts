import { z } from 'zod';
import { Digest, PatientId } from './ids.ts';

/** A model and everything it has learned from: what decides on which patients it may be judged. */
export const SeenModel = z.object({
  model: Digest,
  /** The version it was trained on. */
  version: Digest,
  /** The model it started from; null when it started from nothing. */
  parent: Digest.nullable(),
  /** Whether it was the serving model. */
  serves: z.boolean(),
  /** Versions on whose validation patients it was evaluated. */
  evaluatedOn: z.array(Digest),
  /** Every patient whose voxels ever moved a weight, from its model card. */
  patientsSeen: z.array(PatientId),
  /** Validation patients of the version with this proof whom it has seen: it is not to be judged on that version. Absent: none. */
  seenValidation: z.array(PatientId).optional(),
});
export type SeenModel = z.infer<typeof SeenModel>;

export const LEAK_PROOF_SCHEMA = 'spindle.leak-proof/1';

/**
 * What a manifest says of the models that existed when it was published, so that anyone who has it alone can check that none of
 * them was judged on patients it had seen. Ascending by model.
 */
export const LeakProof = z.object({ schema: z.literal(LEAK_PROOF_SCHEMA), models: z.array(SeenModel) });
export type LeakProof = z.infer<typeof LeakProof>;

import { z } from 'zod';
import { StoredVolume } from './catalog.ts';
import { GateResult } from './gate-result.ts';
import { Digest } from './ids.ts';
import { StructureDoubt } from './review.ts';

/** What segmenting one series leaves: a stored mask and what is doubtful about it. */
export const Proposal = z.object({
  mask: StoredVolume,
  modelDigest: Digest,
  /** Of the whole series: what orders the review queue. 0 (certain) to 1. */
  doubt: z.number().min(0).max(1),
  structures: z.array(StructureDoubt),
  gates: z.array(GateResult),
  passes: z.int().nonnegative(),
  seconds: z.number().nonnegative(),
});
export type Proposal = z.infer<typeof Proposal>;

import { z } from 'zod';
import { classifyCompleteness, CompletenessCounts } from './completeness.ts';
import { ProtocolRow, type EvaluationOptions } from './protocol.ts';
import { spiderRows } from './spider-protocol.ts';
import { strictRows } from './strict-protocol.ts';
import { StructurePairs } from './structure-pairs.ts';
import type { Mask } from './volume.ts';

/** One series by the protocols asked for; null for one that wasn't. */
export const SeriesEvaluation = z.object({
  spider: z.array(ProtocolRow).nullable(),
  strict: z.array(ProtocolRow).nullable(),
  completeness: CompletenessCounts,
});
export type SeriesEvaluation = z.infer<typeof SeriesEvaluation>;

/**
 * Evaluates a prediction against a reference on the same grid. A series without a prediction is evaluated with an empty mask,
 * so that every structure is missed. Throws InvalidInputError when the grids differ or a label is not in 0–255.
 */
export function evaluateMasks(reference: Mask, prediction: Mask, options: EvaluationOptions): SeriesEvaluation {
  const pairs = new StructurePairs(reference, prediction);
  return {
    spider: options.protocols.includes('spider') ? spiderRows(pairs, options) : null,
    strict: options.protocols.includes('strict') ? strictRows(pairs, options) : null,
    completeness: classifyCompleteness(pairs, options.incompleteVertebrae),
  };
}

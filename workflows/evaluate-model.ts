import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import type { Evaluation } from '../core/loop.ts';
import type { EvaluationItem, ModelFiles } from '../core/plans.ts';
import type { StructureScore } from '../core/scores.ts';
import { evaluation, imaging, inference } from './activities.ts';
import { inWindow } from './window.ts';

export interface EvaluateInput {
  dataset: DatasetName;
  version: Digest;
  model: Digest;
  window: number;
}

/** Scores a model on the validation patients of a version. Refused when the model has seen one of them. */
export async function evaluateModel(input: EvaluateInput): Promise<Evaluation> {
  const plan = await evaluation.planEvaluation(input);
  if (plan.known) return plan.known;
  const scored = await scoreItems(plan.items, plan.model, input.window);
  return evaluation.recordEvaluation({ ...input, scored });
}

/** Segments every item with a model and scores what comes out against the item's reference. */
export function scoreItems(
  items: readonly EvaluationItem[],
  model: ModelFiles,
  window: number,
): Promise<{ series: SeriesId; scores: StructureScore[] }[]> {
  return inWindow(items, window, async ({ series, image, reference, annotatedClasses }) => {
    const { mask } = await inference.segmentVolume({ image, model });
    return { series, scores: await imaging.scoreMask({ reference, prediction: mask, annotatedClasses }) };
  });
}

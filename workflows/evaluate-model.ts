import type { DatasetName, Digest } from '../core/ids.ts';
import type { Evaluation } from '../core/loop.ts';
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
  const scored = await inWindow(plan.items, input.window, async (item) => {
    const { mask } = await inference.segmentVolume({ image: item.image, model: plan.model });
    const scores = await imaging.scoreMask({
      reference: item.reference,
      prediction: mask,
      annotatedClasses: item.annotatedClasses,
    });
    return { series: item.series, scores };
  });
  return evaluation.recordEvaluation({ ...input, scored });
}

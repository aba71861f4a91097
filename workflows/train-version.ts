import type { DatasetName, Digest } from '../core/ids.ts';
import type { Evaluation } from '../core/loop.ts';
import { OUTSIDE_ROUNDS, type ModelRecord, type TrainingChoice } from '../core/models.ts';
import { evaluateModel } from './evaluate-model.ts';
import { trainModel } from './train-model.ts';

export interface TrainVersionInput {
  dataset: DatasetName;
  version: Digest;
  policy: TrainingChoice;
  /** Validation series segmented at the same time. */
  window: number;
}

export interface TrainedVersion {
  model: ModelRecord;
  /** On the validation patients of the same version. */
  evaluation: Evaluation;
}

/** A training outside the rounds: the model is registered and evaluated, and never serves. */
export async function trainVersion({ dataset, version, policy, window }: TrainVersionInput): Promise<TrainedVersion> {
  const model = await trainModel({ dataset, round: OUTSIDE_ROUNDS, version, policy });
  const evaluation = await evaluateModel({ dataset, version, model: model.model, window });
  return { model, evaluation };
}

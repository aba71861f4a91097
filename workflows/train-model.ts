import type { DatasetName, Digest } from '../core/ids.ts';
import type { ModelRecord, TrainingChoice } from '../core/models.ts';
import { ledger, training } from './activities.ts';

export interface TrainInput {
  dataset: DatasetName;
  round: number;
  version: Digest;
  policy: TrainingChoice;
}

/** Trains on a frozen version, warm-started from the serving model, and registers what comes out; it does not serve yet. */
export async function trainModel(input: TrainInput): Promise<ModelRecord> {
  const model = await training.train(input);
  await ledger.registerModel({ dataset: input.dataset, model });
  return model;
}

import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import type { ModelRecord } from '../core/models.ts';
import type { ModelFiles } from '../core/plans.ts';

/** What activities need who only move JSON. */
export interface StoreDeps {
  store: ObjectStore;
}

export function recordsOf({ store }: StoreDeps, dataset: DatasetName): DatasetRecords {
  return new DatasetRecords(store, dataset);
}

/** A model that the dataset's registry does not hold. Permanent. */
export class UnknownModelError extends Error {
  override readonly name = 'UnknownModelError';

  constructor(dataset: DatasetName, model: Digest) {
    super(`dataset ${dataset}: expected a registered model, got ${model.slice(0, 12)}`);
  }
}

/** Throws UnknownModelError. */
export async function modelOf(deps: StoreDeps, dataset: DatasetName, model: Digest): Promise<ModelRecord> {
  const { models } = await recordsOf(deps, dataset).models();
  const record = models.find((each) => each.model === model);
  if (!record) throw new UnknownModelError(dataset, model);
  return record;
}

export function filesOf({ model, onnx, card }: ModelRecord): ModelFiles {
  return { model, onnx, card };
}

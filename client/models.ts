import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import type { ChampionDecision } from '../core/loop.ts';
import type { ModelRecord } from '../core/models.ts';

export interface ModelRow extends ModelRecord {
  serves: boolean;
  /** The champion decision on this model as a challenger; null before it was made. */
  decision: ChampionDecision | null;
}

/** The dataset's models in the order they were trained, and which one serves. Empty before the first. */
export async function listModels(
  store: ObjectStore,
  dataset: DatasetName,
): Promise<{ champion: Digest | null; models: ModelRow[] }> {
  const { champion, models, decisions } = await new DatasetRecords(store, dataset).models();
  const rows = models.map((model) => ({
    ...model,
    serves: model.model === champion,
    decision: decisions.find(({ round, challenger }) => challenger === model.model && round === model.round) ?? null,
  }));
  return { champion, models: rows };
}

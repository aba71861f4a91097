import type { SeenModel } from '../core/leak-proof.ts';
import { compareText } from '../core/mixed-hash.ts';
import { ModelCard } from '../core/trainer-contract.ts';
import type { DatasetRecords } from './dataset-records.ts';

/**
 * Every registered model of a dataset with what its card says it has seen, ascending by model.
 * Throws MissingObjectError, CorruptObjectError when a card is not there whole.
 */
export async function seenModels(records: DatasetRecords): Promise<SeenModel[]> {
  const { champion, models } = await records.models();
  const seen: SeenModel[] = [];
  for (const { model, card, version, evaluations } of models) {
    const { parent, patientsSeen } = await records.store.getJson(card.digest, ModelCard);
    seen.push({
      model,
      version,
      parent,
      serves: model === champion,
      evaluatedOn: evaluations.map((each) => each.version).sort(compareText),
      patientsSeen: [...new Set(patientsSeen)].sort(compareText),
    });
  }
  return seen.sort((a, b) => compareText(a.model, b.model));
}

import { hiddenNumbers, refuseHidden } from '../core/hidden-patients.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import type { ChampionDecision } from '../core/loop.ts';
import type { ModelRecord } from '../core/models.ts';
import { ModelCard } from '../core/trainer-contract.ts';
import { recordsOf, type StoreDeps } from './dataset.ts';

/** The activities that keep a dataset's models: which there are, which serves, and every decision about it. */
export function createModelRegistryActivities(deps: StoreDeps) {
  const records = (dataset: DatasetName) => recordsOf(deps, dataset);
  return {
    /**
     * Adds a trained model to the registry; it does not serve yet. Throws HiddenPatientError for one that has seen a patient who was
     * hidden while it was trained.
     */
    async registerModel({ dataset, model }: { dataset: DatasetName; model: ModelRecord }): Promise<void> {
      const hidden = hiddenNumbers(await records(dataset).catalog());
      if (hidden.size > 0) {
        const { patientsSeen } = await deps.store.getJson(model.card.digest, ModelCard);
        refuseHidden(`training set of model ${model.model.slice(0, 12)}`, patientsSeen, hidden);
      }
      await records(dataset).updateModels((registry) => {
        const known = registry.models.some((each) => each.model === model.model);
        return known ? registry : { ...registry, models: [...registry.models, model] };
      });
    },

    async servingModel({ dataset }: { dataset: DatasetName }): Promise<Digest | null> {
      return (await records(dataset).models()).champion;
    },

    /** Records which model serves from now on, and why. The first decision of a round stands. */
    async recordDecision(input: { dataset: DatasetName; decision: ChampionDecision }): Promise<ChampionDecision> {
      const { decision } = input;
      const { decisions } = await records(input.dataset).updateModels((registry) => {
        if (registry.decisions.some(({ round }) => round === decision.round)) return registry;
        return {
          ...registry,
          champion: decision.promoted ? decision.challenger : registry.champion,
          decisions: [...registry.decisions, decision],
        };
      });
      return decisions.find(({ round }) => round === decision.round) ?? decision;
    },
  };
}

import type { SplitSet } from './catalog.ts';
import type { Affected } from './erratum.ts';
import type { Digest } from './ids.ts';
import type { SeenModel } from './leak-proof.ts';
import type { ModelRecord } from './models.ts';

/**
 * What a wrong mask has touched: the models that were trained with it in their training set, those that started from one of them, and
 * the scores on versions whose validation set holds it. `versions` are all that are to be considered; `parents` says which model one
 * started from.
 */
export function affectedBy(
  versions: readonly { version: Digest; set: SplitSet | null }[],
  models: readonly Pick<ModelRecord, 'model' | 'version' | 'evaluations'>[],
  parents: readonly Pick<SeenModel, 'model' | 'parent' | 'serves'>[],
): Affected {
  const holding = versions.flatMap(({ version, set }) => (set === null ? [] : [{ version, set }]));
  const setIn = new Map(holding.map(({ version, set }) => [version, set]));
  const parentOf = new Map(parents.map(({ model, parent }) => [model, parent]));
  const serving = new Set(parents.filter(({ serves }) => serves).map(({ model }) => model));
  const trained = new Set(models.filter(({ version }) => setIn.get(version) === 'train').map(({ model }) => model));
  const inherits = (model: Digest): boolean => {
    const seen = new Set<Digest>();
    for (let at = parentOf.get(model) ?? null; at !== null && !seen.has(at); at = parentOf.get(at) ?? null) {
      if (trained.has(at)) return true;
      seen.add(at);
    }
    return false;
  };
  return {
    versions: holding,
    models: models.flatMap(({ model, version }) => {
      const how = trained.has(model) ? 'trained' : inherits(model) ? 'inherited' : null;
      return how === null ? [] : [{ model, version, how, serves: serving.has(model) }];
    }),
    evaluations: models.flatMap(({ model, evaluations }) =>
      evaluations
        .filter(({ version }) => setIn.get(version) === 'validation')
        .map(({ version, scores }) => ({ model, version, meanDice: scores.meanDice })),
    ),
  };
}

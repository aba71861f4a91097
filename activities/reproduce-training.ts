import { assertJudgeable } from '../adapters/judgement.ts';
import { MissingObjectError } from '../adapters/object-store.ts';
import type { DatasetName, Digest, PatientId } from '../core/ids.ts';
import type { ModelRecord } from '../core/models.ts';
import type { EvaluationItem, ModelFiles } from '../core/plans.ts';
import type { TrainingToRepeat } from '../core/retraining.ts';
import { ModelCard } from '../core/trainer-contract.ts';
import { filesOf, modelOf, recordsOf, type StoreDeps } from './dataset.ts';
import { validationItems } from './evaluate.ts';

export interface RetrainedPage {
  dataset: DatasetName;
  version: Digest;
  /** The recorded model, … */
  model: Digest;
  /** … and what training it again gave, which no registry holds. */
  again: ModelRecord;
  from: number;
  count: number;
}

/** What training the models of a version again takes from the books, and on whom the two are compared. */
export function createReproduceTrainingActivities(deps: StoreDeps) {
  return {
    /**
     * The recorded trainings of `models`; null: of the version's lineage, which are the models that proposed a mask of it or were
     * evaluated on it, and those that they started from. In the order of the registry, and then those that it does not hold.
     */
    async planRetraining(input: {
      dataset: DatasetName;
      version: Digest;
      models: Digest[] | null;
    }): Promise<TrainingToRepeat[]> {
      const { models } = await recordsOf(deps, input.dataset).models();
      const known = new Map(models.map((record) => [record.model, record]));
      const wanted = input.models ?? (await lineageOf(deps, input, known));
      const order = models.map(({ model }) => model).filter((model) => wanted.includes(model));
      const unknown = wanted.filter((model) => !known.has(model));
      return Promise.all([...order, ...unknown].map((model) => recordedTraining(deps, input.dataset, model, known)));
    },

    /**
     * Validation series `from` to `from + count` of the version, with their patients. Throws LeakError or HiddenPatientError where either
     * model may not be judged on them.
     */
    async planRetrainedPage(
      input: RetrainedPage,
    ): Promise<{ total: number; model: ModelFiles; items: (EvaluationItem & { patient: PatientId })[] }> {
      const { dataset, version, again, from, count } = input;
      const record = await modelOf(deps, dataset, input.model);
      const manifest = await deps.store.getVersion(dataset, version);
      for (const each of [record, again]) await assertJudgeable(deps.store, { dataset, version, manifest }, each);
      const patients = new Map(manifest.series.map(({ series, patient }) => [series, patient]));
      const items = validationItems(manifest);
      const page = items.slice(from, from + count);
      return {
        total: items.length,
        model: filesOf(record),
        items: page.map((item) => ({ ...item, patient: patients.get(item.series)! })),
      };
    },
  };
}

type Known = ReadonlyMap<Digest, ModelRecord>;

async function lineageOf(
  { store }: StoreDeps,
  { dataset, version }: { dataset: DatasetName; version: Digest },
  known: Known,
): Promise<Digest[]> {
  const { series } = await store.getVersion(dataset, version);
  const proposed = series.flatMap(({ reference }) => reference.modelDigest ?? []);
  const evaluated = [...known.values()].filter(({ evaluations }) =>
    evaluations.some((each) => each.version === version),
  );
  const lineage = new Set([...proposed, ...evaluated.map(({ model }) => model)]);
  // A set hands out what is added while it is gone through: what a model started from, and what that did.
  for (const model of lineage) {
    const record = known.get(model);
    const card = record && (await store.getJson(record.card.digest, ModelCard));
    // What was trained elsewhere can't be trained here, and what it started from is of no use.
    if (card?.parent && card.dataset === dataset) lineage.add(card.parent);
  }
  return [...lineage];
}

async function recordedTraining(
  { store }: StoreDeps,
  dataset: DatasetName,
  model: Digest,
  known: Known,
): Promise<TrainingToRepeat> {
  const refused = (why: string): TrainingToRepeat => ({ model, training: null, refused: why });
  const record = known.get(model);
  if (!record) return refused('it is not registered here');
  const card = await store.getJson(record.card.digest, ModelCard);
  const { version, trainer, preset, round } = record;
  const trainedHere = card.dataset === dataset && (await isStored(store, dataset, version));
  if (!trainedHere) return refused(`it was trained elsewhere, on version ${version.slice(0, 12)} of "${card.dataset}"`);
  if (card.parent !== null && !known.has(card.parent)) {
    return refused(`the model that it started from, ${card.parent.slice(0, 12)}, is not registered any more`);
  }
  if (card.steps === 0) return refused('its training took no step');
  const policy = { trainer, preset, seed: card.seed, budget: { seconds: null, steps: card.steps } };
  return { model, training: { model, version, round, policy, parent: card.parent }, refused: null };
}

async function isStored(store: StoreDeps['store'], dataset: DatasetName, version: Digest): Promise<boolean> {
  try {
    await store.getVersion(dataset, version);
    return true;
  } catch (error) {
    if (error instanceof MissingObjectError) return false;
    throw error;
  }
}

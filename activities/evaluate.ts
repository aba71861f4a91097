import { assertJudgeable } from '../adapters/judgement.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import type { Evaluation } from '../core/loop.ts';
import type { Manifest, ManifestSeries } from '../core/manifest.ts';
import type { EvaluationItem, ModelFiles } from '../core/plans.ts';
import { summarise, type StructureScore } from '../core/scores.ts';
import { filesOf, modelOf, recordsOf, type StoreDeps } from './dataset.ts';

export interface EvaluationRequest {
  dataset: DatasetName;
  version: Digest;
  model: Digest;
}

/** An evaluation to run, or, when the registry has it already, its result. */
export type EvaluationPlan =
  { known: Evaluation; items: []; model: ModelFiles } | { known: null; items: EvaluationItem[]; model: ModelFiles };

/** The activities around an evaluation: what to score, and filing what came out. */
export function createEvaluateActivities(deps: StoreDeps) {
  return {
    /**
     * Throws LeakError when the model has seen a validation patient of the version, by what is known of linked study numbers now, also
     * where it was evaluated before that was known; HiddenPatientError for a hidden-test patient; UnknownModelError.
     */
    async planEvaluation({ dataset, version, model }: EvaluationRequest): Promise<EvaluationPlan> {
      const record = await modelOf(deps, dataset, model);
      const manifest = await deps.store.getVersion(dataset, version);
      await assertJudgeable(deps.store, { dataset, version, manifest }, record);
      const known = record.evaluations.find((each) => each.version === version);
      if (known) return { known, items: [], model: filesOf(record) };
      return { known: null, items: validationItems(manifest), model: filesOf(record) };
    },

    /** Files an evaluation with the model it is of; the first one on a version stands. */
    async recordEvaluation(
      input: EvaluationRequest & { scored: { series: string; scores: StructureScore[] }[] },
    ): Promise<Evaluation> {
      const { dataset, version, model, scored } = input;
      const patients = new Set(
        validationSeries(await deps.store.getVersion(dataset, version)).map(({ patient }) => patient),
      );
      const evaluation: Evaluation = {
        version,
        model,
        patients: patients.size,
        series: scored.length,
        scores: summarise(scored.flatMap(({ scores }) => scores)),
        details: await deps.store.putJson({ schema: 'spindle.evaluation/1', version, model, scored }),
      };
      const { models } = await recordsOf(deps, dataset).updateModels((registry) => ({
        ...registry,
        models: registry.models.map((record) =>
          record.model !== model || record.evaluations.some((each) => each.version === version)
            ? record
            : { ...record, evaluations: [...record.evaluations, evaluation] },
        ),
      }));
      const filed = models.find((record) => record.model === model)?.evaluations;
      return filed?.find((each) => each.version === version) ?? evaluation;
    },
  };
}

/** The series of a version's validation patients, with what they are scored against. */
export function validationItems(manifest: Manifest): EvaluationItem[] {
  return validationSeries(manifest).map(({ series, image, reference }) => ({
    series,
    image,
    reference: reference.mask,
    annotatedClasses: reference.annotatedClasses,
  }));
}

function validationSeries({ series }: Manifest): ManifestSeries[] {
  return series.filter(({ split }) => split === 'validation');
}

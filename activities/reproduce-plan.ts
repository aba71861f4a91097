import { CorruptObjectError, MissingObjectError } from '../adapters/object-store.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import type { Scores } from '../core/loop.ts';
import type { Manifest } from '../core/manifest.ts';
import type { ModelRecord } from '../core/models.ts';
import type { EvaluationItem, ModelFiles } from '../core/plans.ts';
import type { ImportRecord } from '../core/refs.ts';
import type { ReproductionCheck, ReproductionItem } from '../core/reproduction.ts';
import { drawnAfresh } from '../core/fresh-split.ts';
import { splitPersons } from '../core/person-split.ts';
import { annotatedPatients } from '../core/split-patients.ts';
import { filesOf, recordsOf, type StoreDeps } from './dataset.ts';
import { validationItems } from './evaluate.ts';
import { createReproduceTrainingActivities } from './reproduce-training.ts';

interface VersionOf {
  dataset: DatasetName;
  version: Digest;
}

export interface EvaluationToRepeat {
  model: ModelFiles;
  recorded: Scores;
  items: EvaluationItem[];
}

/** What deriving a version again takes from the books, and the checks of the books themselves. */
export function createReproducePlanActivities(deps: StoreDeps) {
  const modelsOf = async (dataset: DatasetName) => (await recordsOf(deps, dataset).models()).models;
  return {
    ...createReproduceTrainingActivities(deps),

    /** Series `from` to `from + count` of the version, with what made the masks that reviewers were shown. */
    async planReproduction(
      input: VersionOf & { from: number; count: number },
    ): Promise<{ total: number; items: ReproductionItem[] }> {
      const { series } = await deps.store.getVersion(input.dataset, input.version);
      const models = new Map((await modelsOf(input.dataset)).map((record) => [record.model, record]));
      const spaces = new Map(
        series.filter(({ sequence }) => sequence === 't2_SPACE').map((each) => [each.study, each]),
      );
      const items = series.slice(input.from, input.from + input.count).map((each): ReproductionItem => {
        const { base, modelDigest } = each.reference;
        const space = base === 'propagated' ? spaces.get(each.study) : undefined;
        const model = modelDigest === null ? undefined : models.get(modelDigest);
        return {
          entry: { series: each.series, grid: each.grid, image: each.image, reference: each.reference },
          source: space ? { series: space.series, image: space.image, mask: space.reference.mask } : null,
          model: model ? filesOf(model) : null,
        };
      });
      return { total: series.length, items };
    },

    /** Manifest, split and model weights. */
    async reproduceBooks({ dataset, version }: VersionOf): Promise<ReproductionCheck[]> {
      // Read by digest: bytes that are not the version's own throw CorruptObjectError.
      const manifest = await deps.store.getVersion(dataset, version);
      const parent = manifest.parent === null ? null : await deps.store.getVersion(dataset, manifest.parent);
      const rounds = await recordsOf(deps, dataset).rounds();
      const round = rounds.find((each) => each.version === version || each.frozenVersion === version);
      const imported = await recordsOf(deps, dataset).importOf(version);
      const used = new Set(manifest.series.map(({ reference }) => reference.modelDigest));
      const models = (await modelsOf(dataset)).filter(({ model }) => used.has(model));
      return [
        lineage(version, manifest, parent),
        splitAgain(version, manifest, parent, imported ?? round?.policy, imported),
        ...(await Promise.all(models.map((model) => weights(deps, model)))),
      ];
    },

    /** The evaluations recorded on the version. */
    async planEvaluationsAgain({ dataset, version }: VersionOf): Promise<EvaluationToRepeat[]> {
      const items = validationItems(await deps.store.getVersion(dataset, version));
      return (await modelsOf(dataset)).flatMap((record) => {
        const recorded = record.evaluations.find((each) => each.version === version);
        return recorded ? [{ model: filesOf(record), recorded: recorded.scores, items }] : [];
      });
    },
  };
}

function lineage(version: Digest, { series }: Manifest, parent: Manifest | null): ReproductionCheck {
  const check = { what: 'manifest', of: version } as const;
  const images = new Map(series.map((each) => [each.series, each.image.digest]));
  const changed = (parent?.series ?? []).filter(
    (each) => (images.get(each.series) ?? each.image.digest) !== each.image.digest,
  );
  if (changed.length === 0) return { ...check, outcome: 'equal', detail: null };
  return { ...check, outcome: 'different', detail: `${changed[0]!.series} has another image than in the parent` };
}

const ANY_DRAW = { validationShare: 0.5, seed: 0 };

function splitAgain(
  version: Digest,
  manifest: Manifest,
  parent: Manifest | null,
  drawnBy: Pick<ImportRecord, 'validationShare' | 'seed'> | undefined,
  imported: ImportRecord | null,
): ReproductionCheck {
  const check = { what: 'split', of: version } as const;
  const { series, split, persons = [] } = manifest;
  const fresh = drawnAfresh(manifest, parent);
  if (manifest.errata && parent) return splitOfPatch(check, manifest, parent.split);
  const previous = fresh ? {} : { ...imported?.sets, ...parent?.split };
  const isDrawn = Object.keys(split).some((patient) => previous[patient] === undefined);
  if (isDrawn && !fresh && !drawnBy) {
    return {
      ...check,
      outcome: 'impossible',
      detail: 'no round recorded by which share and seed patients were assigned',
    };
  }
  // Where nobody is drawn, any share and seed give the same.
  const { validationShare, seed } = fresh ?? drawnBy ?? ANY_DRAW;
  const again = splitPersons({ patients: annotatedPatients(series), previous, persons, validationShare, seed });
  const own = Object.fromEntries(Object.keys(split).map((patient) => [patient, again.split[patient]]));
  if (canonicalJson(own) === canonicalJson(split)) return { ...check, outcome: 'equal', detail: null };
  const moved = Object.keys(split).filter((patient) => own[patient] !== split[patient]).length;
  return { ...check, outcome: 'different', detail: `${moved} patients would be in the other set` };
}

/** A patch draws nobody: whoever is still in it is in the parent's set. */
function splitOfPatch(
  check: Pick<ReproductionCheck, 'what' | 'of'>,
  { split, persons = [] }: Manifest,
  before: Manifest['split'],
): ReproductionCheck {
  // But a link recorded since takes all numbers of a person to one set.
  const { split: expected } = splitPersons({ patients: [], previous: before, persons, ...ANY_DRAW });
  const moved = Object.keys(split).filter((patient) => expected[patient] !== split[patient]).length;
  if (moved === 0) return { ...check, outcome: 'equal', detail: null };
  return {
    ...check,
    outcome: 'different',
    detail: `${moved} patients are in another set than in the version it patches`,
  };
}

async function weights({ store }: StoreDeps, record: ModelRecord): Promise<ReproductionCheck> {
  const check = { what: 'weights', of: record.model } as const;
  try {
    for (const part of ['onnx', 'card', 'weights'] as const) await store.getObject(record[part].digest);
    return { ...check, outcome: 'equal', detail: null };
  } catch (error) {
    if (error instanceof MissingObjectError) return { ...check, outcome: 'impossible', detail: error.message };
    if (error instanceof CorruptObjectError) return { ...check, outcome: 'different', detail: error.message };
    throw error;
  }
}

import { ActivityFailure, executeChild, setHandler } from '@temporalio/workflow';
import type { StoredVolume } from '../core/catalog.ts';
import { workflowId, type DatasetName, type Digest } from '../core/ids.ts';
import {
  compareScores,
  joinTallies,
  retrainingCheck,
  tallyOf,
  verdictOf,
  type Reproduction,
  type ReproductionCheck,
  type ReproductionItem,
  type Tally,
} from '../core/reproduction.ts';
import { impossibleRetraining, MARGINS, type Margins, type Retraining } from '../core/retraining.ts';
import { summarise } from '../core/scores.ts';
import { imaging, inference, reproduction } from './activities.ts';
import { scoreItems } from './evaluate-model.ts';
import { reproductionQuery } from './messages.ts';
import { retrainModel } from './retrain-model.ts';
import { inWindow } from './window.ts';

export interface ReproduceInput {
  dataset: DatasetName;
  version: Digest;
  /** Series worked on at the same time. */
  window: number;
  /** Whether models are run again: for what reviewers were shown, and for the evaluations. */
  models: boolean;
  /** Trains these models again, or (null) all of the version's lineage, and compares them statistically. Absent: none. */
  retrain?: { models: Digest[] | null; margins?: Margins };
}

export interface ReproducePage extends ReproduceInput {
  from: number;
  count: number;
}

/** Series a child workflow takes on: its history stays small whatever the version's size. */
const PAGE = 50;

/** Derives a version again from what it came from and compares item by item (core/reproduction.ts). Changes nothing. */
export async function reproduceVersion(input: ReproduceInput): Promise<Reproduction> {
  const { dataset, version } = input;
  let [done, total] = [0, 0];
  const trainings = { done: 0, total: 0 };
  const isRetraining = input.retrain !== undefined;
  setHandler(reproductionQuery, () => ({ done, total, ...(isRetraining ? { trainings } : {}) }));
  let sum = tallyOf(await reproduction.reproduceBooks({ dataset, version }));
  ({ total } = await reproduction.planReproduction({ dataset, version, from: 0, count: 0 }));
  for (let from = 0; from < total; from += PAGE) {
    const page = await executeChild(reproducePage, {
      workflowId: workflowId.reproducePage(dataset, version, from),
      args: [{ ...input, from, count: PAGE }],
    });
    sum = joinTallies(sum, page);
    done = Math.min(total, from + PAGE);
  }
  if (input.models) sum = joinTallies(sum, tallyOf(await evaluationsAgain(input)));
  if (!input.retrain) return { version, series: total, ...verdictOf(sum.counts), ...sum };
  const retrainings = await trainedAgain(input, trainings);
  sum = joinTallies(sum, tallyOf(retrainings.map(retrainingCheck)));
  return { version, series: total, ...verdictOf(sum.counts), ...sum, retrainings };
}

/** Each training by itself, at most a window's at a time: how many run is up to the training workers. */
async function trainedAgain(
  { dataset, version, window, retrain }: ReproduceInput,
  progress: { done: number; total: number },
): Promise<Retraining[]> {
  const { models, margins = MARGINS } = retrain!;
  const planned = await reproduction.planRetraining({ dataset, version, models });
  progress.total = planned.length;
  return inWindow(planned, window, async ({ model, training, refused }) => {
    const retraining = training
      ? await executeChild(retrainModel, {
          workflowId: workflowId.retrain(dataset, version, model),
          args: [{ dataset, version, training, margins, window }],
        })
      : impossibleRetraining(model, refused);
    progress.done += 1;
    return retraining;
  });
}

/** A part of the series. */
export async function reproducePage(input: ReproducePage): Promise<Tally> {
  const { items } = await reproduction.planReproduction(input);
  const checks = await inWindow(items, input.window, (item) => reproduceItem(item, input.models));
  return tallyOf(checks.flat());
}

async function reproduceItem(item: ReproductionItem, models: boolean): Promise<ReproductionCheck[]> {
  const { entry } = item;
  const checks = await imaging.reproduceSeries({ entry });
  const { base } = entry.reference;
  if (base === 'propagated') checks.push(await propagatedAgain(item));
  if (base === 'proposal' && models) checks.push(await proposedAgain(item));
  return checks;
}

async function propagatedAgain({ entry, source }: ReproductionItem): Promise<ReproductionCheck> {
  const of = entry.series;
  if (!source)
    return { what: 'propagation', of, outcome: 'impossible', detail: 'its SPACE series is not in the version' };
  return shownAgain('propagation', entry, () =>
    imaging.propagateMask({ series: entry.series, image: entry.image, source }),
  );
}

async function proposedAgain({ entry, model }: ReproductionItem): Promise<ReproductionCheck> {
  const of = entry.series;
  if (!model) return { what: 'proposal', of, outcome: 'impossible', detail: 'its model is not registered' };
  return shownAgain('proposal', entry, () => inference.segmentVolume({ image: entry.image, model }));
}

/** What a reviewer was shown, made again and compared; impossible where an object it is made of is gone or damaged. */
async function shownAgain(
  what: 'propagation' | 'proposal',
  entry: ReproductionItem['entry'],
  make: () => Promise<{ mask: StoredVolume }>,
): Promise<ReproductionCheck> {
  let mask: StoredVolume;
  try {
    ({ mask } = await make());
  } catch (error) {
    if (!(error instanceof ActivityFailure) || error.retryState !== 'NON_RETRYABLE_FAILURE') throw error;
    return { what, of: entry.series, outcome: 'impossible', detail: error.cause?.message ?? error.message };
  }
  return imaging.compareShown({ what, entry, again: mask });
}

async function evaluationsAgain({ dataset, version, window }: ReproduceInput): Promise<ReproductionCheck[]> {
  const checks: ReproductionCheck[] = [];
  for (const { model, recorded, items } of await reproduction.planEvaluationsAgain({ dataset, version })) {
    const scored = await scoreItems(items, model, window);
    checks.push(compareScores(model.model, recorded, summarise(scored.flatMap(({ scores }) => scores))));
  }
  return checks;
}

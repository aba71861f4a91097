import { ApplicationFailure, executeChild } from '@temporalio/workflow';
import { workflowId, type DatasetName, type Digest } from '../core/ids.ts';
import type { ModelRecord } from '../core/models.ts';
import { PERMANENT_ERRORS } from '../core/queues.ts';
import {
  compareRetrained,
  impossibleRetraining,
  joinedSums,
  pairedSums,
  type Margins,
  type PairedSum,
  type RecordedTraining,
  type Retraining,
} from '../core/retraining.ts';
import type { RetrainedPage } from '../activities/reproduce-training.ts';
import { reproduction, training } from './activities.ts';
import { scoreItems } from './evaluate-model.ts';

export interface RetrainInput {
  dataset: DatasetName;
  /** On whose validation patients the two are compared. */
  version: Digest;
  training: RecordedTraining;
  margins: Margins;
  /** Series segmented at the same time. */
  window: number;
}

export interface RetrainPage extends RetrainedPage {
  window: number;
}

export interface RetrainedSums {
  /** Validation series of the version. */
  total: number;
  sums: PairedSum[];
}

/** Series a child workflow takes on: no history grows with the version. */
const PAGE = 50;

/**
 * Trains a model again by its recorded job, and compares what comes out with the recorded model on the same validation patients. What
 * comes out is not registered. What can't be done is an answer, not a failure.
 */
export async function retrainModel(input: RetrainInput): Promise<Retraining> {
  const { model } = input.training;
  let again: ModelRecord | null = null;
  try {
    again = await trainedAgain(input);
    const sums = again.model === model ? [] : await sumsOfAll(input, again);
    return compareRetrained({ model, again: again.model }, sums, input.margins);
  } catch (error) {
    const why = permanentReason(error);
    if (why === null) throw error;
    return impossibleRetraining(model, why, again?.model);
  }
}

function trainedAgain({ dataset, training: recorded }: RetrainInput): Promise<ModelRecord> {
  const { version, round, policy, parent } = recorded;
  return training.train({ dataset, version, round, policy, warmStart: parent });
}

async function sumsOfAll(
  { dataset, version, window, ...input }: RetrainInput,
  again: ModelRecord,
): Promise<PairedSum[]> {
  const { model } = input.training;
  const pages: PairedSum[] = [];
  let total = 1;
  for (let from = 0; from < total; from += PAGE) {
    const page = await executeChild(retrainPage, {
      workflowId: workflowId.retrainPage(dataset, version, model, from),
      args: [{ dataset, version, model, again, from, count: PAGE, window }],
    });
    pages.push(...page.sums);
    total = page.total;
  }
  return joinedSums(pages);
}

/** A part of the validation series under both models. */
export async function retrainPage({ window, ...page }: RetrainPage): Promise<RetrainedSums> {
  const { total, model, items } = await reproduction.planRetrainedPage(page);
  const recorded = await scoreItems(items, model, window);
  const { again } = page;
  const repeated = await scoreItems(items, { model: again.model, onnx: again.onnx, card: again.card }, window);
  const series = items.map(({ series, patient }, at) => ({
    series,
    patient,
    recorded: recorded[at]!.scores,
    again: repeated[at]!.scores,
  }));
  return { total, sums: pairedSums(series) };
}

/** The message of an error that trying again can't help; null for any other failure. */
function permanentReason(error: unknown): string | null {
  const isPermanent = (type: string | null | undefined) => PERMANENT_ERRORS.some((name) => name === type);
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure && isPermanent(at.type)) return at.message;
  }
  return null;
}

import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { workflowId, type DatasetName, type Digest } from '../../core/ids.ts';
import type { Evaluation } from '../../core/loop.ts';
import type { Manifest } from '../../core/manifest.ts';
import { OUTSIDE_ROUNDS } from '../../core/models.ts';
import { QUEUE } from '../../core/queues.ts';
import { EvaluationDetails, releaseTables, type ReleaseTables } from '../../core/release-tables.ts';
import type { evaluateModel } from '../../workflows/evaluate-model.ts';
import { NotFoundError } from '../errors.ts';
import { DEFAULT_POLICY } from '../policies.ts';

export interface ServingTables {
  evaluation: Evaluation;
  tables: ReleaseTables;
}

/** The recorded evaluation of the serving model on a version, laid out; null when there is none, or no model serves. */
export async function servingTables(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  manifest: Manifest,
): Promise<ServingTables | null> {
  const { champion, models } = await new DatasetRecords(store, dataset).models();
  const serving = models.find(({ model }) => model === champion);
  const evaluation = serving?.evaluations.find((each) => each.version === version);
  if (!evaluation) return null;
  const details = await store.getJson(evaluation.details.digest, EvaluationDetails);
  return { evaluation, tables: releaseTables(manifest, details) };
}

/**
 * Has the serving model evaluated on a version, or joins the evaluation that runs; one that is recorded already is given back. Throws
 * NotFoundError when no model serves, and what the workflow fails of: LeakError when the model has seen a validation patient.
 */
export async function evaluateServing(
  { client, store }: { client: Client; store: ObjectStore },
  dataset: DatasetName,
  version: Digest,
): Promise<Evaluation> {
  const { champion } = await new DatasetRecords(store, dataset).models();
  if (champion === null) throw new NotFoundError(`no model of dataset "${dataset}" serves yet`);
  const id = workflowId.evaluate(dataset, OUTSIDE_ROUNDS, version, champion);
  const input = { dataset, version, model: champion, window: DEFAULT_POLICY.segmentWindow };
  try {
    await client.workflow.start<typeof evaluateModel>('evaluateModel', {
      workflowId: id,
      taskQueue: QUEUE.orchestrate,
      args: [input],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return client.workflow.getHandle<typeof evaluateModel>(id).result();
}

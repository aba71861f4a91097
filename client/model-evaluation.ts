import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { assertJudgeable } from '../adapters/judgement.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { workflowId, type DatasetName, type Digest } from '../core/ids.ts';
import type { Evaluation } from '../core/loop.ts';
import { OUTSIDE_ROUNDS, type ModelRecord } from '../core/models.ts';
import { QUEUE } from '../core/queues.ts';
import type { evaluateModel } from '../workflows/evaluate-model.ts';

/**
 * Scores a registered model on the validation patients of a version; what was scored before is given again. Throws LeakError, before
 * any work, when the model has seen one of them; the workflow asks the same.
 */
export async function evaluateOnVersion(
  { client, store }: { client: Client; store: ObjectStore },
  request: { dataset: DatasetName; version: Digest; model: ModelRecord; window: number },
): Promise<Evaluation> {
  const { dataset, version, model, window } = request;
  const manifest = await store.getVersion(dataset, version);
  await assertJudgeable(store, { dataset, version, manifest }, model);
  return client.workflow.execute<typeof evaluateModel>('evaluateModel', {
    workflowId: workflowId.evaluate(dataset, OUTSIDE_ROUNDS, version, model.model),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: QUEUE.orchestrate,
    args: [{ dataset, version, model: model.model, window }],
  });
}

import type { Client } from '@temporalio/client';
import { WorkflowIdConflictPolicy } from '@temporalio/common';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { workflowId, type DatasetName, type Digest } from '../core/ids.ts';
import { QUEUE } from '../core/queues.ts';
import type { publishVersion } from '../workflows/publish-version.ts';

export interface FreezeReport {
  dataset: DatasetName;
  /** Null when nothing has a reference. */
  version: Digest | null;
  /** The main version until now. */
  before: Digest | null;
}

/** Publishes outside the rounds: patients without a set get one by share and seed, and a recorded re-split takes effect. */
export async function freezeNow(
  { client, store }: { client: Client; store: ObjectStore },
  { dataset, validationShare, seed }: { dataset: DatasetName; validationShare: number; seed: number },
): Promise<FreezeReport> {
  const before = await new DatasetRecords(store, dataset).mainVersion();
  const version = await client.workflow.execute<typeof publishVersion>('publishVersion', {
    workflowId: workflowId.publish(dataset, 0, 'freeze'),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: QUEUE.orchestrate,
    args: [{ dataset, round: 0, stage: 'freeze', validationShare, seed }],
  });
  return { dataset, version, before };
}

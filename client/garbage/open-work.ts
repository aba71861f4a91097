import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, WorkflowNotFoundError } from '@temporalio/common';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { taskOfWorkflow, workflowId, type TaskId } from '../../core/ids.ts';

/** What is under way on the datasets of a bucket. */
export interface OpenWork {
  /** Workflows that may write or choose objects at any moment: ingests, rounds, publishing, training … by id, ascending. */
  busy: string[];
  /** Review tasks that wait for people: what they began with names the image and the proposal. */
  tasks: { task: TaskId; input: unknown }[];
}

const WAITING = 'reviewTask';

/**
 * Asks Temporal what runs. Lists may lag behind by a moment, so each dataset's campaign and next round, from which all that rounds
 * do hangs, are asked for by their ids besides.
 */
export async function openWork(client: Client, store: ObjectStore): Promise<OpenWork> {
  const busy = new Set<string>();
  const tasks: OpenWork['tasks'] = [];
  for await (const found of client.workflow.list({ query: `ExecutionStatus = 'Running'`, pageSize: 1000 })) {
    const task = found.type === WAITING ? taskOfWorkflow(found.workflowId) : undefined;
    if (task === undefined) busy.add(found.workflowId);
    else tasks.push({ task, input: await inputOf(client, found.workflowId, found.runId) });
  }
  for (const dataset of await store.listDatasets()) {
    const next = ((await new DatasetRecords(store, dataset).rounds()).at(-1)?.round ?? 0) + 1;
    for (const id of [workflowId.campaign(dataset), workflowId.round(dataset, next)]) {
      if (await isRunning(client, id)) busy.add(id);
    }
  }
  return { busy: [...busy].sort(), tasks };
}

async function isRunning(client: Client, id: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(id).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** What a workflow's run was started with, from its first event; needs no worker. */
async function inputOf(client: Client, id: string, runId: string): Promise<unknown> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId: id, runId },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  if (!payloads) throw new Error(`${id}: Temporal does not tell what it was started with`);
  return payloads.map((payload) => defaultPayloadConverter.fromPayload<unknown>(payload));
}

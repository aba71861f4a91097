import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { workflowId } from '../core/ids.ts';
import { QUEUE } from '../core/queues.ts';
import type { Reproduction } from '../core/reproduction.ts';
import type { ReproduceInput, reproduceVersion } from '../workflows/reproduce-version.ts';

/** Begins to derive a version again, or joins the reproduction of it that is under way; it goes on without the caller. */
export async function startReproduction(client: Client, input: ReproduceInput): Promise<{ workflow: string }> {
  const id = workflowId.reproduce(input.dataset, input.version);
  try {
    const { orchestrate } = QUEUE;
    const options = { workflowId: id, taskQueue: orchestrate, args: [input] as [ReproduceInput] };
    await client.workflow.start<typeof reproduceVersion>('reproduceVersion', options);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return { workflow: id };
}

export function reproductionResult(client: Client, workflow: string): Promise<Reproduction> {
  return client.workflow.getHandle<typeof reproduceVersion>(workflow).result();
}

/** Series derived again so far. */
export function reproductionProgress(client: Client, workflow: string): Promise<{ done: number; total: number }> {
  return client.workflow.getHandle(workflow).query<{ done: number; total: number }>('reproduction');
}

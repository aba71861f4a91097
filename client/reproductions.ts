import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { workflowId } from '../core/ids.ts';
import { QUEUE } from '../core/queues.ts';
import type { Reproduction, ReproductionProgress } from '../core/reproduction.ts';
import { trainingStage, type TrainingStage } from './trainings.ts';
import type { ReproduceInput, reproduceVersion } from '../workflows/reproduce-version.ts';

export interface StartedReproduction {
  workflow: string;
  /** It was under way before, as somebody else asked for it. */
  joined: boolean;
}

/** Begins to derive a version again, or joins the reproduction of it that is under way; it goes on without the caller. */
export async function startReproduction(client: Client, input: ReproduceInput): Promise<StartedReproduction> {
  const id = workflowId.reproduce(input.dataset, input.version);
  try {
    const { orchestrate } = QUEUE;
    const options = { workflowId: id, taskQueue: orchestrate, args: [input] as [ReproduceInput] };
    await client.workflow.start<typeof reproduceVersion>('reproduceVersion', options);
    return { workflow: id, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { workflow: id, joined: true };
  }
}

export function reproductionResult(client: Client, workflow: string): Promise<Reproduction> {
  return client.workflow.getHandle<typeof reproduceVersion>(workflow).result();
}

export function reproductionProgress(client: Client, workflow: string): Promise<ReproductionProgress> {
  return client.workflow.getHandle(workflow).query<ReproductionProgress>('reproduction');
}

/** Where the trainings stand that a reproduction runs now; those that no training worker has taken yet are left out. */
export async function trainingsUnderWay(
  client: Client,
  workflow: string,
): Promise<Extract<TrainingStage, { stage: 'training' }>[]> {
  const { raw } = await client.workflow.getHandle(workflow).describe();
  const children = (raw.pendingChildren ?? []).map((child) => child.workflowId ?? '');
  const stages = await Promise.all(
    children.filter((id) => id.startsWith('retrain/')).map((id) => trainingStage(client, id)),
  );
  return stages.filter((stage) => stage.stage === 'training');
}

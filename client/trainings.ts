import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { z } from 'zod';
import { jsonDigest } from '../adapters/json-digest.ts';
import { workflowId, type DatasetName, type Digest } from '../core/ids.ts';
import type { TrainingChoice } from '../core/models.ts';
import { QUEUE } from '../core/queues.ts';
import type { TrainedVersion, trainVersion } from '../workflows/train-version.ts';

/** Where a training stands. */
export type TrainingStage =
  | { stage: 'waiting' }
  /** `fraction` of the budget, 0 to 1. */
  | { stage: 'training'; step: number; fraction: number }
  | { stage: 'evaluating' };

export interface StartedTraining {
  workflow: string;
  /** It was under way before. */
  joined: boolean;
}

/** What the heartbeats of a training carry. */
const Heartbeat = z.object({ step: z.int(), fraction: z.number() });

/**
 * Trains on a published version, outside the rounds; asked for again while it is under way, it is joined. What is started goes
 * on without the caller.
 */
export async function startTraining(
  client: Client,
  request: { dataset: DatasetName; version: Digest; policy: TrainingChoice; window: number },
): Promise<StartedTraining> {
  const { dataset, version, policy } = request;
  const id = workflowId.trainVersion(dataset, version, jsonDigest(policy));
  try {
    await client.workflow.start<typeof trainVersion>('trainVersion', {
      workflowId: id,
      taskQueue: QUEUE.orchestrate,
      args: [request],
    });
    return { workflow: id, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { workflow: id, joined: true };
  }
}

/** Waits for a training's end. Throws what it failed of. */
export function trainingResult(client: Client, workflow: string): Promise<TrainedVersion> {
  return client.workflow.getHandle<typeof trainVersion>(workflow).result();
}

/** Where a training stands now, from its activities' heartbeats; `waiting`: no training worker has taken it yet. */
export async function trainingStage(client: Client, workflow: string): Promise<TrainingStage> {
  const { raw } = await client.workflow.getHandle(workflow).describe();
  const pending = raw.pendingActivities ?? [];
  const training = pending.find(({ activityType }) => activityType?.name === 'train');
  if (!training) return pending.length > 0 ? { stage: 'evaluating' } : { stage: 'waiting' };
  const [payload] = training.heartbeatDetails?.payloads ?? [];
  if (!payload) return { stage: 'waiting' };
  const beat = Heartbeat.safeParse(defaultPayloadConverter.fromPayload(payload));
  return beat.success ? { stage: 'training', ...beat.data } : { stage: 'waiting' };
}

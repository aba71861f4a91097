import type { Client } from '@temporalio/client';
import type { QUEUE } from '../core/queues.ts';

export type QueueName = (typeof QUEUE)[keyof typeof QUEUE];

/** temporal.api.enums.v1.TASK_QUEUE_TYPE_ACTIVITY; every worker of ours has activities. */
const ACTIVITIES = 2;
/** A worker asks for work again at least once a minute. */
const RECENT_MS = 90_000;

/** Those of the queues from which no worker has asked for work lately. */
export async function unattendedQueues(client: Client, queues: readonly QueueName[]): Promise<QueueName[]> {
  const attended = await Promise.all(
    queues.map(async (name) => {
      const { pollers } = await client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name },
        taskQueueType: ACTIVITIES,
      });
      return (pollers ?? []).some(({ lastAccessTime }) => {
        const seconds = Number(lastAccessTime?.seconds ?? 0);
        return Date.now() - seconds * 1000 < RECENT_MS;
      });
    }),
  );
  return queues.filter((_, at) => !attended[at]);
}

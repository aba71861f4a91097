import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { taskListQuery } from '../../client/task-query.ts';
import { DATASET } from './open-tasks.ts';

/** As many rows as a page of the queue has. */
const PAGE = 100;

/** Asks Temporal itself for a page of open tasks, without any of our code between, until `ended`; gives the milliseconds. */
export async function rawVisibility(client: Client, ended: () => boolean): Promise<number[]> {
  const tookMs: number[] = [];
  const query = taskListQuery({ dataset: DATASET, state: 'queued' }, Date.now());
  while (!ended()) {
    const start = performance.now();
    // Away while it is killed; the bench's people see that, too.
    const page = await client.workflowService
      .listWorkflowExecutions({ namespace: client.options.namespace, query, pageSize: PAGE })
      .catch(() => null);
    if (page) tookMs.push(performance.now() - start);
    await sleep(200);
  }
  return tookMs;
}

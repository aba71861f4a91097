import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import { storeVolume } from '../../activities/ingest.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { concurrently } from '../../client/concurrently.ts';
import { taskListQuery } from '../../client/task-query.ts';
import { seriesId, taskId, workflowId } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import type { ReviewInput } from '../../core/review.ts';
import { boundingBoxes } from '../../core/structures.ts';
import { makePhantomPatient } from '../../infra/phantom/patient.ts';

export const DATASET = 'bench';
const AT_ONCE = 64;
/** Longer than any bench: a task that goes to two people went to both of them while one held it. */
const LEASE_MS = 60 * 60 * 1000;

/**
 * Opens `count` review tasks of one small phantom, each a workflow of its own, and waits until the work list knows them all. `tell` hears
 * of every tenth part; `check` throws when there is nothing to wait for.
 */
export async function openTasks(
  client: Client,
  store: ObjectStore,
  count: number,
  { tell, check }: { tell: (done: number) => void; check: () => void },
): Promise<void> {
  const input = await commonInput(store);
  const tasks = Array.from({ length: count }, (_, n) => n);
  let started = 0;
  await concurrently(tasks, AT_ONCE, async (n) => {
    check();
    const series = seriesId(String(n + 1), 't2');
    const task = taskId(DATASET, 1, series);
    await client.workflow.start('reviewTask', {
      workflowId: workflowId.review(task),
      taskQueue: QUEUE.orchestrate,
      // Spread over 0 to 1, so that the order of the queue is not that of their making.
      args: [{ ...input, task, series, doubt: ((n * 7919) % count) / count } satisfies ReviewInput],
    });
    started++;
    if (Math.floor((10 * started) / count) > Math.floor((10 * (started - 1)) / count)) tell(started);
  });
  const query = taskListQuery({ dataset: DATASET, state: 'queued' }, Date.now());
  while ((await client.workflow.count(query)).count < count) {
    check();
    await sleep(1000);
  }
}

async function commonInput(store: ObjectStore): Promise<Omit<ReviewInput, 'task' | 'series' | 'doubt'>> {
  const { series } = makePhantomPatient({ preset: 'demo', seed: 1, patient: 1 }, ['t2']);
  const { image, truth } = series[0]!;
  const structures = [...boundingBoxes(truth)].map(([label, { voxels }]) => ({
    label,
    voxels,
    doubt: (label % 10) / 10,
  }));
  return {
    round: 1,
    kind: 'proposal',
    image: await storeVolume({ store }, image),
    proposal: await storeVolume({ store }, truth),
    modelDigest: null,
    structures,
    gates: [],
    leaseMs: LEASE_MS,
  };
}

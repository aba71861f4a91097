import { availableParallelism } from 'node:os';
import { createSegmentActivities } from '../activities/segment.ts';
import { QUEUE } from '../core/queues.ts';
import { runWorker } from './run-worker.ts';

/** Running networks: one volume at a time with all cores, which is also what memory allows at full size. */
await runWorker('inference', ({ store }) => ({
  taskQueue: QUEUE.inference,
  maxConcurrentActivityTaskExecutions: 1,
  activities: createSegmentActivities({ store, threads: Math.min(8, availableParallelism()) }),
}));

import { join } from 'node:path';
import { createTrainActivities } from '../activities/train.ts';
import { runnableTrainers } from '../adapters/trainer-packages.ts';
import { QUEUE } from '../core/queues.ts';
import { runWorker } from './run-worker.ts';

/** Training, one job at a time: on the GPU where there is one, else on the CPU. Runs no workflows. */
await runWorker('train-gpu', ({ store, configuration }) => ({
  taskQueue: QUEUE.train,
  maxConcurrentActivityTaskExecutions: 1,
  activities: createTrainActivities({
    store,
    jobs: join(configuration.home, 'jobs'),
    environment: process.env,
    trainers: runnableTrainers(configuration.python),
  }),
}));

import { availableParallelism } from 'node:os';
import { heartbeating } from '../activities/heartbeat.ts';
import { createErratumImagingActivities } from '../activities/erratum-imaging.ts';
import { createImagingActivities } from '../activities/imaging.ts';
import { createIngestGateActivities } from '../activities/ingest.ts';
import { createReproduceActivities } from '../activities/reproduce.ts';
import { createReviewMeasureActivities } from '../activities/review-measures.ts';
import { createVerdictActivities } from '../activities/verdict.ts';
import { createVerificationActivities } from '../activities/verify-versions.ts';
import { QUEUE } from '../core/queues.ts';
import { runWorker } from './run-worker.ts';

/** CPU work on voxels. A volume of SPIDER's largest size takes some 300 MB while it is worked on. */
await runWorker('imaging', ({ store }) => ({
  taskQueue: QUEUE.imaging,
  maxConcurrentActivityTaskExecutions: Math.max(2, Math.min(8, availableParallelism())),
  activities: heartbeating({
    ...createImagingActivities({ store }),
    ...createIngestGateActivities({ store }),
    ...createVerdictActivities({ store }),
    ...createReviewMeasureActivities({ store }),
    ...createReproduceActivities({ store }),
    ...createVerificationActivities({ store }),
    ...createErratumImagingActivities({ store }),
  }),
}));

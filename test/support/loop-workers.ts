import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createErratumActivities } from '../../activities/erratum.ts';
import { createEvaluateActivities } from '../../activities/evaluate.ts';
import { heartbeating } from '../../activities/heartbeat.ts';
import { createErratumImagingActivities } from '../../activities/erratum-imaging.ts';
import { createImagingActivities } from '../../activities/imaging.ts';
import { createIngestGateActivities, createIngestLedgerActivities } from '../../activities/ingest.ts';
import { createLedgerActivities } from '../../activities/ledger.ts';
import { createModelRegistryActivities } from '../../activities/model-registry.ts';
import { createReproduceActivities } from '../../activities/reproduce.ts';
import { createReproducePlanActivities } from '../../activities/reproduce-plan.ts';
import { createReviewLedgerActivities } from '../../activities/review-ledger.ts';
import { createSegmentActivities } from '../../activities/segment.ts';
import type { TrainRequest } from '../../activities/train.ts';
import { createReviewMeasureActivities } from '../../activities/review-measures.ts';
import { createVerdictActivities } from '../../activities/verdict.ts';
import { createVerificationActivities, createVerificationLedgerActivities } from '../../activities/verify-versions.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import type { ModelRecord } from '../../core/models.ts';
import { QUEUE } from '../../core/queues.ts';
import { BUNDLER_OPTIONS, WORKFLOWS_PATH } from '../../workers/workflow-code.ts';
import { blockModel } from './block-cohort.ts';
import type { RunningTemporal } from './temporal.ts';

export function quietRuntime(): void {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
}

export function bundleWorkflows(workflowsPath = WORKFLOWS_PATH) {
  return bundleWorkflowCode({ ...BUNDLER_OPTIONS, workflowsPath, logger: new DefaultLogger('ERROR') });
}

/** Workers of all four queues in this process, with everything real but the training. */
export async function startLoopWorkers(
  { native, namespace }: RunningTemporal,
  store: ObjectStore,
  workflowBundle: NonNullable<WorkerOptions['workflowBundle']>,
  train: (request: TrainRequest) => Promise<ModelRecord> = (request) => blockModel({ store }, request),
): Promise<{ stop(): Promise<void> }> {
  const common = { connection: native, namespace };
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: QUEUE.orchestrate,
      workflowBundle,
      activities: heartbeating({
        ...createLedgerActivities({ store }),
        ...createModelRegistryActivities({ store }),
        ...createIngestLedgerActivities({ store }),
        ...createReviewLedgerActivities({ store }),
        ...createEvaluateActivities({ store }),
        ...createReproducePlanActivities({ store }),
        ...createVerificationLedgerActivities({ store }),
        ...createErratumActivities({ store }),
      }),
    }),
    Worker.create({
      ...common,
      taskQueue: QUEUE.imaging,
      activities: heartbeating({
        ...createImagingActivities({ store }),
        ...createIngestGateActivities({ store }),
        ...createVerdictActivities({ store }),
        ...createReviewMeasureActivities({ store }),
        ...createReproduceActivities({ store }),
        ...createVerificationActivities({ store }),
        ...createErratumImagingActivities({ store }),
      }),
    }),
    Worker.create({ ...common, taskQueue: QUEUE.inference, activities: createSegmentActivities({ store }) }),
    Worker.create({
      ...common,
      taskQueue: QUEUE.train,
      activities: { train },
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await running;
    },
  };
}

import { proxyActivities } from '@temporalio/workflow';
import type { createErratumActivities } from '../activities/erratum.ts';
import type { createErratumImagingActivities } from '../activities/erratum-imaging.ts';
import type { createEvaluateActivities } from '../activities/evaluate.ts';
import type { createImagingActivities } from '../activities/imaging.ts';
import type { createIngestGateActivities, createIngestLedgerActivities } from '../activities/ingest.ts';
import type { createLedgerActivities } from '../activities/ledger.ts';
import type { createModelRegistryActivities } from '../activities/model-registry.ts';
import type { createReproduceActivities } from '../activities/reproduce.ts';
import type { createReproducePlanActivities } from '../activities/reproduce-plan.ts';
import type { createReviewLedgerActivities } from '../activities/review-ledger.ts';
import type { createReviewMeasureActivities } from '../activities/review-measures.ts';
import type { createSegmentActivities } from '../activities/segment.ts';
import type { createTrainActivities } from '../activities/train.ts';
import type { createVerdictActivities } from '../activities/verdict.ts';
import type {
  createVerificationActivities,
  createVerificationLedgerActivities,
} from '../activities/verify-versions.ts';
import {
  IMAGING_ACTIVITY,
  INFERENCE_ACTIVITY,
  LEDGER_ACTIVITY,
  TRAINING_ACTIVITY,
  VERIFICATION_ACTIVITY,
} from '../core/queues.ts';

function mutable<T extends { retry: { nonRetryableErrorTypes: readonly string[] } }>(options: T) {
  return { ...options, retry: { ...options.retry, nonRetryableErrorTypes: [...options.retry.nonRetryableErrorTypes] } };
}

type Ledger = ReturnType<typeof createLedgerActivities> &
  ReturnType<typeof createModelRegistryActivities> &
  ReturnType<typeof createIngestLedgerActivities> &
  ReturnType<typeof createReviewLedgerActivities>;
type Imaging = ReturnType<typeof createImagingActivities> &
  ReturnType<typeof createIngestGateActivities> &
  ReturnType<typeof createVerdictActivities> &
  ReturnType<typeof createReviewMeasureActivities> &
  ReturnType<typeof createReproduceActivities>;

export const ledger = proxyActivities<Ledger>(mutable(LEDGER_ACTIVITY));
export const errata = proxyActivities<ReturnType<typeof createErratumActivities>>(mutable(LEDGER_ACTIVITY));
export const erratumImaging = proxyActivities<ReturnType<typeof createErratumImagingActivities>>(
  mutable(IMAGING_ACTIVITY),
);
export const evaluation = proxyActivities<ReturnType<typeof createEvaluateActivities>>(mutable(LEDGER_ACTIVITY));
export const reproduction = proxyActivities<ReturnType<typeof createReproducePlanActivities>>(mutable(LEDGER_ACTIVITY));
export const verificationLedger = proxyActivities<ReturnType<typeof createVerificationLedgerActivities>>(
  mutable(LEDGER_ACTIVITY),
);
export const verification = proxyActivities<ReturnType<typeof createVerificationActivities>>(
  mutable(VERIFICATION_ACTIVITY),
);
export const imaging = proxyActivities<Imaging>(mutable(IMAGING_ACTIVITY));
export const inference = proxyActivities<ReturnType<typeof createSegmentActivities>>(mutable(INFERENCE_ACTIVITY));
export const training = proxyActivities<ReturnType<typeof createTrainActivities>>(mutable(TRAINING_ACTIVITY));

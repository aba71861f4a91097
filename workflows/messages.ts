import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { CampaignState, RoundState } from '../core/loop.ts';
import type { TaskMove } from '../core/review-moves.ts';
import type { ClaimRequest, SubmitRequest, SubmitResult, TaskView } from '../core/review.ts';
import type { IngestSummary } from '../core/ingest.ts';
import type { ReproductionProgress } from '../core/reproduction.ts';

/** Every message a workflow takes; the name carries its kind. Clients import the types only and use these names. */

export const claimUpdate = defineUpdate<TaskView, [ClaimRequest]>('claim');
export const submitUpdate = defineUpdate<SubmitResult, [SubmitRequest]>('submit');
/** Giving back, steering by leads, comments. */
export const moveUpdate = defineUpdate<TaskView, [TaskMove]>('move');
/** That a reviewer has another read of the series. */
export const barSignal = defineSignal<[string]>('bar');
export const taskQuery = defineQuery<TaskView>('task');

export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');
export const campaignStateQuery = defineQuery<CampaignState>('campaignState');
export const roundStateQuery = defineQuery<RoundState>('roundState');
export const ingestStateQuery = defineQuery<{ done: number; total: number; summary: IngestSummary }>('ingestState');
/** That an erratum of the series was filed or closed. */
export const errataChangedSignal = defineSignal('errataChanged');
/** Parts of the versions read so far. */
export const verificationQuery = defineQuery<{ done: number; total: number }>('verification');
/** Series derived again so far, and models trained again where that was asked for. */
export const reproductionQuery = defineQuery<ReproductionProgress>('reproduction');

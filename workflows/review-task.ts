import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  checkBroke,
  checked,
  checking,
  claimed,
  isPending,
  lapsed,
  mayClaim,
  maySubmit,
  newRecord,
  repeated,
  sameSubmission,
  viewOf,
  type TaskRecord,
} from '../core/review-task.ts';
import type {
  ClaimRequest,
  ReviewInput,
  ReviewOutcome,
  SubmitRequest,
  SubmitResult,
  TaskView,
} from '../core/review.ts';
import { imaging } from './activities.ts';
import { claimUpdate, submitUpdate, taskQuery } from './messages.ts';
import { stateAttributes, taskAttributes } from './search-attributes.ts';

/**
 * One unit of human work: waits, for weeks if need be, until a reviewer's verdict has passed the gates.
 * Claims and verdicts are Updates with synchronous validators, so of two people exactly one gets the task.
 */
export async function reviewTask(input: ReviewInput, carried?: TaskRecord): Promise<ReviewOutcome> {
  let record = carried ?? newRecord(Date.now());
  const become = (next: TaskRecord): void => {
    record = next;
    upsertSearchAttributes(stateAttributes(record.state, record.reviewer));
  };

  setHandler(taskQuery, () => viewOf(input, record));
  setHandler(
    claimUpdate,
    (request: ClaimRequest): TaskView => {
      become(claimed(record, request.reviewer, Date.now(), input.leaseMs));
      return viewOf(input, record);
    },
    { validator: (request: ClaimRequest) => reject(mayClaim(record, request.reviewer)) },
  );
  setHandler(submitUpdate, (request: SubmitRequest) => submit(request), {
    validator: (request: SubmitRequest) => reject(maySubmit(record, input, request)),
  });

  async function submit(request: SubmitRequest): Promise<SubmitResult> {
    const before = repeated(record, request);
    if (before) return before;
    if (isPending(record, request)) return answerOfPending(request);
    become(checking(record, request, Date.now()));
    try {
      const { result, reference } = await imaging.checkVerdict({ input, request });
      become(checked(record, request, result, reference, Date.now(), input.leaseMs));
      return result;
    } catch (error) {
      become(checkBroke(record, Date.now(), input.leaseMs));
      throw error;
    }
  }

  /** The same submission twice at once (two tabs, a retry): one check, one answer. */
  async function answerOfPending(request: SubmitRequest): Promise<SubmitResult> {
    await condition(() => record.pending === null);
    const last = record.lastSubmit;
    if (last && sameSubmission(last.request, request)) return last.result;
    throw ApplicationFailure.nonRetryable('the check of this submission broke off: submit it again', 'TaskConflict');
  }

  if (!carried) upsertSearchAttributes(taskAttributes(input));
  while (!ended(record)) {
    await leaseOrChange();
    if (workflowInfo().continueAsNewSuggested && allHandlersFinished() && !ended(record)) {
      await continueAsNew<typeof reviewTask>(input, record);
    }
  }
  await condition(allHandlersFinished);
  return outcomeOf(input, record);

  /** Waits for any change of the record; a claim that nobody renews in time goes back to the queue. */
  async function leaseOrChange(): Promise<void> {
    const seen = record;
    const changed = () => record !== seen;
    if (seen.state !== 'claimed' || seen.leaseUntilMs === null) return condition(changed);
    const left = Math.max(1, seen.leaseUntilMs - Date.now());
    if (!(await condition(changed, left))) become(lapsed(record, Date.now()));
  }
}

function ended(record: TaskRecord): boolean {
  return record.state === 'accepted' || record.state === 'excluded';
}

function outcomeOf(input: ReviewInput, record: TaskRecord): ReviewOutcome {
  return record.reference
    ? { outcome: 'accepted', series: input.series, reference: record.reference }
    : { outcome: 'excluded', series: input.series, reason: record.excludedReason ?? '' };
}

function reject(reason: string | null): void {
  if (reason !== null) throw ApplicationFailure.nonRetryable(reason, 'TaskConflict');
}

import {
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  patched,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { parseTaskId, workflowId } from '../core/ids.ts';
import { barred, escalated, mayMove, moved, type TaskMove } from '../core/review-moves.ts';
import { carriedRecord, isSettled, newRecord, readersOf, type TaskRecord } from '../core/review-record.ts';
import {
  answerWithoutCheck,
  checkBroke,
  checked,
  checking,
  claimed,
  isPending,
  lapsed,
  mayClaim,
  maySubmit,
  repeated,
  resultFor,
  sameSubmission,
  viewOf,
} from '../core/review-task.ts';
import type {
  ClaimRequest,
  ReviewEntry,
  ReviewInput,
  ReviewOutcome,
  SubmitRequest,
  SubmitResult,
  TaskView,
} from '../core/review.ts';
import { imaging, ledger } from './activities.ts';
import { barSignal, claimUpdate, moveUpdate, submitUpdate, taskQuery } from './messages.ts';
import { stateAttributes, taskAttributes } from './search-attributes.ts';

/**
 * One unit of human work: waits, for weeks if need be, until a reviewer's verdict has passed the gates, and a senior where one is wanted.
 * Claims, verdicts and moves are Updates with synchronous validators, so of two people exactly one gets the task.
 */
export async function reviewTask(input: ReviewInput, carried?: TaskRecord): Promise<ReviewOutcome> {
  const task = new Task(input, carried);
  if (!carried) task.appear();
  while (!task.isSettled) {
    await task.dueOrChange();
    if (workflowInfo().continueAsNewSuggested && allHandlersFinished() && !task.isSettled) {
      await continueAsNew<typeof reviewTask>(input, task.record);
    }
  }
  await condition(allHandlersFinished);
  return task.outcome(patched('files-its-record') ? await ledger.fileReview({ view: task.view() }) : undefined);
}

/** The record, and what changes it: messages and time. */
class Task {
  record: TaskRecord;

  constructor(
    private readonly input: ReviewInput,
    carried: TaskRecord | undefined,
  ) {
    this.record = carried ? carriedRecord(carried) : newRecord(Date.now(), input.answerWithinMs);
    setHandler(taskQuery, () => this.view());
    setHandler(claimUpdate, (request: ClaimRequest) => this.claim(request), {
      validator: (request: ClaimRequest) => reject(mayClaim(this.record, request, input)),
    });
    setHandler(submitUpdate, (request: SubmitRequest) => this.submit(request), {
      validator: (request: SubmitRequest) => reject(maySubmit(this.record, input, request)),
    });
    setHandler(moveUpdate, (move: TaskMove) => this.move(move), {
      validator: (move: TaskMove) => reject(mayMove(this.record, input, move)),
    });
    setHandler(barSignal, (reviewer: string) => this.bar(reviewer));
  }

  get isSettled(): boolean {
    return isSettled(this.record);
  }

  view(): TaskView {
    return viewOf(this.input, this.record);
  }

  /** In work lists, for the first time. */
  appear(): void {
    upsertSearchAttributes(taskAttributes(this.input, this.record));
  }

  outcome(entry: ReviewEntry | undefined): ReviewOutcome {
    const { series } = this.input;
    const { reference, excludedReason, history } = this.record;
    const ended = entry && { readers: readersOf(history), entry };
    return reference
      ? { outcome: 'accepted', series, reference, ...ended }
      : { outcome: 'excluded', series, reason: excludedReason ?? '', ...ended };
  }

  /** Waits for any change of the record; a claim that nobody renews in time goes back, and what nobody answers is escalated. */
  async dueOrChange(): Promise<void> {
    const seen = this.record;
    const changed = () => this.record !== seen;
    const leaseMs = seen.state === 'claimed' ? seen.leaseUntilMs : null;
    const dueMs = Math.min(leaseMs ?? Infinity, seen.answerByMs ?? Infinity);
    if (dueMs === Infinity) return condition(changed);
    if (await condition(changed, Math.max(1, dueMs - Date.now()))) return;
    const { escalateTo } = this.input;
    this.become(dueMs === leaseMs ? lapsed(seen, Date.now()) : escalated(seen, escalateTo, Date.now()));
  }

  private become(next: TaskRecord): void {
    if (next === this.record) return;
    this.record = next;
    upsertSearchAttributes(stateAttributes(this.input, next));
  }

  private async claim({ reviewer }: ClaimRequest): Promise<TaskView> {
    const isNew = this.record.reviewer !== reviewer;
    this.become(claimed(this.record, reviewer, Date.now(), this.input.leaseMs));
    const view = this.view();
    if (isNew) await Promise.all((this.input.independentOf ?? []).map((task) => bar(task, reviewer)));
    return view;
  }

  private move(move: TaskMove): TaskView {
    this.become(moved(this.record, this.input, move, Date.now()));
    return this.view();
  }

  private bar(reviewer: string): void {
    this.become(barred(this.record, reviewer, parseTaskId(this.input.task).read !== null, Date.now()));
  }

  private async submit(request: SubmitRequest): Promise<SubmitResult> {
    const { input } = this;
    const { leaseMs } = input;
    const before = repeated(this.record, request);
    if (before) return before;
    if (isPending(this.record, request)) return this.answerOfPending(request);
    const without = answerWithoutCheck(this.record, request);
    this.become(checking(this.record, request, Date.now()));
    if (without) {
      this.become(checked(this.record, request, without.result, without.reference, Date.now(), leaseMs));
      return without.result;
    }
    try {
      const current = this.record.candidate?.mask;
      const { result, reference, mask } = await imaging.checkVerdict({ input, request, ...(current && { current }) });
      const own = resultFor(this.record, input, result);
      this.become(checked(this.record, request, own, reference, Date.now(), leaseMs, mask));
      return own;
    } catch (error) {
      this.become(checkBroke(this.record, Date.now(), leaseMs));
      throw error;
    }
  }

  /** The same submission twice at once (two tabs, a retry): one check, one answer. */
  private async answerOfPending(request: SubmitRequest): Promise<SubmitResult> {
    await condition(() => this.record.pending === null);
    const last = this.record.lastSubmit;
    if (last && sameSubmission(last.request, request)) return last.result;
    throw ApplicationFailure.nonRetryable('the check of this submission broke off: submit it again', 'TaskConflict');
  }
}

/** Tells another read of the series who has this one. A read that is over needs no telling. */
async function bar(task: string, reviewer: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId.review(task)).signal(barSignal, reviewer);
  } catch {
    // It has ended, and nobody can claim it any more; or it is not there yet, and its round names this reviewer to it.
  }
}

function reject(reason: string | null): void {
  if (reason !== null) throw ApplicationFailure.nonRetryable(reason, 'TaskConflict');
}

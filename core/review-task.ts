import type { Reference } from './catalog.ts';
import type { GateResult } from './gate-result.ts';
import type { ReviewInput, SubmitRequest, SubmitResult, TaskEvent, TaskState, TaskView } from './review.ts';

/**
 * The life of a review task, without Temporal:
 *   queued → claimed → checking → accepted | excluded, or back to claimed when the gates refuse;
 *   a claim whose lease lapses goes back to queued.
 * `may…` return why a request can't be taken (null: it can); the other functions return the next record.
 */
export interface TaskRecord {
  state: TaskState;
  reviewer: string | null;
  leaseUntilMs: number | null;
  history: TaskEvent[];
  lastGates: GateResult[];
  reference: Reference | null;
  excludedReason: string | null;
  /** The submission that is being checked. */
  pending: SubmitRequest | null;
  /** The submission that ended the task, so that sending it twice gives the same answer. */
  lastSubmit: { request: SubmitRequest; result: SubmitResult } | null;
}

export function newRecord(nowMs: number): TaskRecord {
  return logged(
    {
      state: 'queued',
      reviewer: null,
      leaseUntilMs: null,
      history: [],
      lastGates: [],
      reference: null,
      excludedReason: null,
      pending: null,
      lastSubmit: null,
    },
    nowMs,
    'queued',
    null,
    '',
  );
}

export function mayClaim(record: TaskRecord, reviewer: string): string | null {
  if (record.state === 'queued') return null;
  if (record.state === 'claimed') return record.reviewer === reviewer ? null : `claimed by ${record.reviewer}`;
  return record.state === 'checking'
    ? `a submission of ${record.reviewer} is being checked`
    : `already ${record.state}`;
}

export function claimed(record: TaskRecord, reviewer: string, nowMs: number, leaseMs: number): TaskRecord {
  const renewal = record.state === 'claimed' && record.reviewer === reviewer;
  const next: TaskRecord = { ...record, state: 'claimed', reviewer, leaseUntilMs: nowMs + leaseMs };
  return renewal ? next : logged(next, nowMs, 'claimed', reviewer, '');
}

export function lapsed(record: TaskRecord, nowMs: number): TaskRecord {
  const next: TaskRecord = { ...record, state: 'queued', reviewer: null, leaseUntilMs: null };
  return logged(next, nowMs, 'lease-lapsed', record.reviewer, '');
}

export function maySubmit(record: TaskRecord, input: ReviewInput, request: SubmitRequest): string | null {
  if (repeated(record, request) || isPending(record, request)) return null;
  if (record.state === 'queued') return 'nobody holds this task: claim it first (a claim may have lapsed)';
  if (record.state !== 'claimed') return mayClaim(record, request.reviewer) ?? `already ${record.state}`;
  if (record.reviewer !== request.reviewer) return `claimed by ${record.reviewer}`;
  if (request.baseDigest !== input.proposal.digest) {
    return `the verdict is on proposal ${request.baseDigest.slice(0, 12)}, the task's is ${input.proposal.digest.slice(0, 12)}`;
  }
  return null;
}

/** The answer given before, when the very same submission comes again. */
export function repeated(record: TaskRecord, request: SubmitRequest): SubmitResult | null {
  const last = record.lastSubmit;
  if (!last || last.result.outcome === 'refused') return null;
  return sameSubmission(last.request, request) ? last.result : null;
}

/** Whether the very same submission is being checked: its answer is this one's too. */
export function isPending(record: TaskRecord, request: SubmitRequest): boolean {
  return record.pending !== null && sameSubmission(record.pending, request);
}

export function sameSubmission(a: SubmitRequest, b: SubmitRequest): boolean {
  return a.reviewer === b.reviewer && JSON.stringify(a.verdict) === JSON.stringify(b.verdict);
}

export function checking(record: TaskRecord, request: SubmitRequest, nowMs: number): TaskRecord {
  return logged(
    { ...record, state: 'checking', pending: request },
    nowMs,
    'submitted',
    request.reviewer,
    request.verdict.verdict,
  );
}

/** After the gates: the task ends, or goes back to its reviewer, whose lease starts anew. */
export function checked(
  record: TaskRecord,
  request: SubmitRequest,
  result: SubmitResult,
  reference: Reference | null,
  nowMs: number,
  leaseMs: number,
): TaskRecord {
  const common = { ...record, pending: null, lastGates: result.gates, lastSubmit: { request, result } };
  if (result.outcome === 'refused') {
    const why = result.gates.filter((gate) => !gate.passed && gate.severity === 'refuse').map((gate) => gate.gate);
    const next: TaskRecord = { ...common, state: 'claimed', leaseUntilMs: nowMs + leaseMs };
    return logged(next, nowMs, 'refused', request.reviewer, why.join(', '));
  }
  const excludedReason = request.verdict.verdict === 'exclude' ? request.verdict.reason : null;
  const next: TaskRecord = { ...common, state: result.outcome, leaseUntilMs: null, reference, excludedReason };
  return logged(next, nowMs, result.outcome, request.reviewer, excludedReason ?? '');
}

/** The check itself broke (not the mask): the task is the reviewer's again and the upload is where it was. */
export function checkBroke(record: TaskRecord, nowMs: number, leaseMs: number): TaskRecord {
  return { ...record, state: 'claimed', pending: null, leaseUntilMs: nowMs + leaseMs };
}

export function viewOf(input: ReviewInput, record: TaskRecord): TaskView {
  const { leaseMs: _, ...shown } = input;
  return {
    ...shown,
    state: record.state,
    reviewer: record.reviewer,
    leaseUntil: record.leaseUntilMs === null ? null : new Date(record.leaseUntilMs).toISOString(),
    history: record.history,
    lastGates: record.lastGates,
    reference: record.reference,
  };
}

function logged(
  record: TaskRecord,
  nowMs: number,
  event: TaskEvent['event'],
  reviewer: string | null,
  note: string,
): TaskRecord {
  return { ...record, history: [...record.history, { at: new Date(nowMs).toISOString(), event, reviewer, note }] };
}

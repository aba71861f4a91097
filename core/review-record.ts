import type { Reference } from './catalog.ts';
import type { GateResult } from './gate-result.ts';
import type { Comment, MaskEntry, SubmitRequest, SubmitResult, TaskEvent, TaskFlag, TaskState } from './review.ts';

/** What a review task remembers: plain JSON, since it is carried over when its workflow continues as new. */
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
  /** The last submission that was answered, so that sending it twice gives the same answer. */
  lastSubmit: { request: SubmitRequest; result: SubmitResult } | null;
  /** `second` from the moment that a mask waits for a senior until it is sent back. */
  phase: 'first' | 'second';
  /** The mask that passed the gates and waits for a senior, or that was sent back. */
  candidate: Reference | null;
  sentBackBecause: string | null;
  assignee: string | null;
  flags: TaskFlag[];
  answerByMs: number | null;
  /** Who has another read of this series. */
  barred: string[];
  comments: Comment[];
  masks: MaskEntry[];
}

const FRESH: Omit<TaskRecord, 'history'> = {
  state: 'queued',
  reviewer: null,
  leaseUntilMs: null,
  lastGates: [],
  reference: null,
  excludedReason: null,
  pending: null,
  lastSubmit: null,
  phase: 'first',
  candidate: null,
  sentBackBecause: null,
  assignee: null,
  flags: [],
  answerByMs: null,
  barred: [],
  comments: [],
  masks: [],
};

/** A task that was opened just now. `answerWithinMs`: when it is escalated. */
export function newRecord(nowMs: number, answerWithinMs?: number): TaskRecord {
  const answerByMs = answerWithinMs === undefined ? null : nowMs + answerWithinMs;
  return logged({ ...FRESH, answerByMs, history: [] }, nowMs, 'queued', null, '');
}

/** A record as it was carried over, by this code or by an earlier one that knew fewer fields. */
export function carriedRecord(carried: Partial<TaskRecord> & Pick<TaskRecord, 'history'>): TaskRecord {
  return { ...FRESH, ...carried };
}

/** Whether it has ended. */
export function isSettled({ state }: { state: TaskState }): boolean {
  return state === 'accepted' || state === 'excluded';
}

/** Whether somebody has it in hand. */
export function isHeld({ state }: Pick<TaskRecord, 'state'>): boolean {
  return state === 'claimed' || state === 'checking';
}

/** The state in which it waits to be claimed. */
export function openState({ phase, sentBackBecause }: Pick<TaskRecord, 'phase' | 'sentBackBecause'>): TaskState {
  if (phase === 'second') return 'second-read';
  return sentBackBecause === null ? 'queued' : 'sent-back';
}

/** Everybody who ever claimed it. */
export function readersOf(history: readonly TaskEvent[]): string[] {
  return [...new Set(history.flatMap(({ event, reviewer }) => (event === 'claimed' && reviewer ? [reviewer] : [])))];
}

/** Who can never claim it, since they have read the series in another task or wrote the mask that is read here. */
export function readElsewhere(
  { barred, phase, candidate }: Pick<TaskRecord, 'barred' | 'phase' | 'candidate'>,
  notTo: readonly string[] = [],
): string[] {
  const author = phase === 'second' ? (candidate?.reviewer ?? null) : null;
  return [...new Set([...notTo, ...barred, ...(author === null ? [] : [author])])];
}

/** Whether a senior reads what somebody handed in: it came to that, and was not sent back since. */
export function isSecondRead({ history }: { history: readonly TaskEvent[] }): boolean {
  return history.findLast(({ event }) => event === 'second-read' || event === 'sent-back')?.event === 'second-read';
}

export function logged(
  record: TaskRecord,
  nowMs: number,
  event: TaskEvent['event'],
  reviewer: string | null,
  note: string,
): TaskRecord {
  return { ...record, history: [...record.history, { at: new Date(nowMs).toISOString(), event, reviewer, note }] };
}

import { z } from 'zod';
import { ReviewerName } from './ids.ts';
import { isHeld, isSettled, logged, openState, readElsewhere, type TaskRecord } from './review-record.ts';
import { CommentText, type ReviewInput, type TaskEvent, type TaskFlag } from './review.ts';
import { mayDo, Role } from './roles.ts';

/** What happens to a task beside claims and verdicts: its holder gives it back, leads steer it, anybody comments. */

/** More than anybody reads. */
export const MOST_COMMENTS = 200;

const Voxel = z.int().nonnegative().max(65535);
const Reason = z.string().trim().min(3).max(500);
/** `by` and `role` are the server's word for who asks, never the client's; without a role the caller is trusted to know. */
const Mover = { by: ReviewerName, role: Role.optional() };

export const TaskMove = z.discriminatedUnion('move', [
  /** The holder gives it back. */
  z.object({ move: z.literal('release'), ...Mover }),
  z.object({
    move: z.literal('comment'),
    ...Mover,
    /** Index of the voxel along x, y and z. */
    voxel: z.tuple([Voxel, Voxel, Voxel]),
    text: CommentText,
  }),
  /** `to` alone may claim it from now on; null: anybody again. Takes it from whoever holds it. */
  z.object({ move: z.literal('reassign'), ...Mover, to: ReviewerName.nullable(), reason: Reason.optional() }),
  /** Nobody may claim it until it is resumed; who holds it may finish. */
  z.object({ move: z.literal('pause'), ...Mover, reason: Reason.optional() }),
  z.object({ move: z.literal('resume'), ...Mover }),
  /** To the head of the queue, or to its end; `unpin` and `unskip` take it back. */
  z.object({ move: z.literal('pin'), ...Mover }),
  z.object({ move: z.literal('unpin'), ...Mover }),
  z.object({ move: z.literal('skip'), ...Mover }),
  z.object({ move: z.literal('unskip'), ...Mover }),
]);
export type TaskMove = z.infer<typeof TaskMove>;

/** What a lead may do to many tasks at once. */
export const LEAD_MOVES = ['reassign', 'pause', 'resume', 'pin', 'unpin', 'skip', 'unskip'] as const;

type Flagging = Exclude<TaskMove['move'], 'release' | 'comment' | 'reassign'>;
const FLAGGING: Record<Flagging, { flag: TaskFlag; on: boolean; event: TaskEvent['event'] }> = {
  pause: { flag: 'paused', on: true, event: 'paused' },
  resume: { flag: 'paused', on: false, event: 'resumed' },
  pin: { flag: 'pinned', on: true, event: 'pinned' },
  unpin: { flag: 'pinned', on: false, event: 'unpinned' },
  skip: { flag: 'skipped', on: true, event: 'skipped' },
  unskip: { flag: 'skipped', on: false, event: 'unskipped' },
};

/** Why a move can't be made; null: it can. */
export function mayMove(record: TaskRecord, input: ReviewInput, move: TaskMove): string | null {
  if (isSettled(record)) return `already ${record.state}`;
  if (move.move === 'release') {
    if (record.state !== 'claimed' || record.reviewer !== move.by) return `${move.by} does not hold it`;
    return null;
  }
  if (move.move === 'comment') {
    if (record.comments.length >= MOST_COMMENTS) return `it has ${MOST_COMMENTS} comments already`;
    const { size } = input;
    if (!size || move.voxel.every((index, axis) => index < size[axis]!)) return null;
    return `voxel ${move.voxel.join(', ')} lies outside the volume of ${size.join(' × ')}`;
  }
  if (move.role !== undefined && !mayDo(move.role, 'lead'))
    return `a lead may ${move.move} it; your role is ${move.role}`;
  if (move.move !== 'reassign') return null;
  if (record.state === 'checking') return `a submission of ${record.reviewer} is being checked`;
  const { to } = move;
  if (to !== null && hasRead(record, input, to)) return `${to} has read this series already`;
  return null;
}

/** The record after a move. A move that changes nothing (a second click) leaves it as it is. */
export function moved(record: TaskRecord, input: ReviewInput, move: TaskMove, nowMs: number): TaskRecord {
  switch (move.move) {
    case 'release':
      return released(record, nowMs, 'released', '');
    case 'comment':
      return commented(record, move, nowMs);
    case 'reassign':
      return reassigned(record, input, move, nowMs);
    case 'pause':
    case 'resume':
    case 'pin':
    case 'unpin':
    case 'skip':
    case 'unskip': {
      const { flag, on, event } = FLAGGING[move.move];
      if (record.flags.includes(flag) === on) return record;
      const flags = on ? [...record.flags, flag] : record.flags.filter((each) => each !== flag);
      return logged({ ...record, flags }, nowMs, event, move.by, move.move === 'pause' ? (move.reason ?? '') : '');
    }
  }
}

/** Back to where it may be claimed. */
export function released(
  record: TaskRecord,
  nowMs: number,
  event: 'released' | 'lease-lapsed',
  note: string,
): TaskRecord {
  const next: TaskRecord = { ...record, state: openState(record), reviewer: null, leaseUntilMs: null };
  return logged(next, nowMs, event, record.reviewer, note);
}

/**
 * Somebody has another read of the series: never this one too. Whoever got hold of both keeps the ordinary task; a further read
 * (`gives`) goes back.
 */
export function barred(record: TaskRecord, reviewer: ReviewerName, gives: boolean, nowMs: number): TaskRecord {
  if (record.barred.includes(reviewer)) return record;
  const next = { ...record, barred: [...record.barred, reviewer] };
  const both = gives && record.state === 'claimed' && record.reviewer === reviewer;
  return both ? released(next, nowMs, 'released', 'has another read of this series') : next;
}

/** Nobody has answered in time: first in the queue, and the lead's. Who holds it may finish. */
export function escalated(record: TaskRecord, to: ReviewerName | undefined, nowMs: number): TaskRecord {
  const flags: TaskFlag[] = [...record.flags.filter((flag) => flag !== 'escalated'), 'escalated'];
  const assignee = isHeld(record) ? record.assignee : (to ?? null);
  return logged({ ...record, flags, assignee, answerByMs: null }, nowMs, 'escalated', to ?? null, '');
}

/** Whether somebody has read the series in another task, or wrote the mask that is read here. */
export function hasRead(record: TaskRecord, input: ReviewInput, reviewer: ReviewerName): boolean {
  return readElsewhere(record, input.notTo).includes(reviewer);
}

function commented(record: TaskRecord, move: Extract<TaskMove, { move: 'comment' }>, nowMs: number): TaskRecord {
  const { by, voxel, text } = move;
  const same = (other: TaskRecord['comments'][number]) =>
    other.by === by && other.text === text && other.voxel.join() === voxel.join();
  if (record.comments.some(same)) return record;
  return { ...record, comments: [...record.comments, { at: new Date(nowMs).toISOString(), by, voxel, text }] };
}

function reassigned(
  record: TaskRecord,
  input: ReviewInput,
  { by, to, reason }: Extract<TaskMove, { move: 'reassign' }>,
  nowMs: number,
): TaskRecord {
  const kept = isHeld(record) && record.reviewer === to;
  if (record.assignee === to && (kept || !isHeld(record))) return record;
  const next: TaskRecord = {
    ...record,
    assignee: to,
    ...(kept ? {} : { state: openState(record), reviewer: null, leaseUntilMs: null }),
    answerByMs: input.answerWithinMs === undefined ? null : nowMs + input.answerWithinMs,
  };
  const note = `${to === null ? 'to anybody' : `to ${to}`}${reason === undefined ? '' : `: ${reason}`}`;
  return logged(next, nowMs, 'reassigned', by, note);
}

import { parseTaskId, type ReviewerName, type TaskId } from './ids.ts';
import { isSettled, readersOf } from './review-record.ts';
import { mayDo, type Role } from './roles.ts';
import type { TaskEvent, TaskView } from './review.ts';

/** Who wants to look: an account with the role that the server knows it by. */
export interface Viewer {
  name: ReviewerName;
  role?: Role;
}

/**
 * Whether somebody may see a task's masks and what is known of them (proposal, doubt, candidates, history of masks). An ordinary task is
 * open to all. A read that must not influence another one of the same series (one of two independent reads, a blinded drawing and
 * the correction it is compared with) is its own reader's only, whatever the role, until all of them are settled: nobody sees
 * another's blinded read, and nobody sees the proposal who could still draw blind. The two reads that an adjudication decides between
 * are shown to whoever holds it, and to nobody else until it is settled. `task` as the task service shows it, which says how the other
 * reads stand.
 */
export function maySee(task: Pick<TaskView, 'kind' | 'state' | 'reviewer' | 'siblings'>, viewer: Viewer): boolean {
  if (task.kind === 'adjudication' && !isSettled(task)) return task.reviewer === viewer.name;
  const siblings = task.siblings ?? [];
  if (siblings.length === 0) return true;
  if (isSettled(task) && siblings.every(isSettled)) return true;
  if (siblings.some(({ readers }) => readers.includes(viewer.name))) return false;
  return task.reviewer === viewer.name;
}

/**
 * Whether somebody must not even learn that there is a task: a second read or a blinded drawing of a series that they read themselves,
 * while any of the reads is open. Leads know of all.
 */
export function isSecretFrom(task: Pick<TaskView, 'task' | 'state' | 'history' | 'siblings'>, viewer: Viewer): boolean {
  const { siblings = [] } = task;
  if (viewer.role !== undefined && mayDo(viewer.role, 'lead')) return false;
  if (!isFurtherRead(task.task) || (isSettled(task) && siblings.every(isSettled))) return false;
  const read = siblings.some(({ readers }) => readers.includes(viewer.name));
  return read && !readersOf(task.history).includes(viewer.name);
}

/** Whether a task is a read beside the ordinary one that must not know of it, by its name. */
export function isFurtherRead(task: TaskId): boolean {
  const { read } = parseTaskId(task);
  return read === 'second' || read === 'blind';
}

/** A blinded read of others without their names, which are for leads: history without people, no masks, comments and reference. */
export function withoutReaders(view: TaskView, { name }: Viewer): TaskView {
  const { masks: _, comments: __, assignee, ...rest } = view;
  const history = view.history.map((event) => ({ ...event, reviewer: null, note: '' }));
  return { ...rest, ...(assignee === name && { assignee }), reviewer: null, reference: null, history };
}

/** Whose notes say how somebody judged: the verdict, the gates that refused, the reason. */
const TELLING: ReadonlySet<TaskEvent['event']> = new Set(['submitted', 'refused', 'excluded', 'sent-back']);

/** A task without what `maySee` keeps back: the state, not what is in it. The image is nobody's read. */
export function withoutReads(view: TaskView): TaskView {
  const { masks: _, candidates: __, comments: ___, excludedBecause: ____, sentBackBecause: _____, ...rest } = view;
  const history = view.history.map((event) => (TELLING.has(event.event) ? { ...event, note: '' } : event));
  return { ...rest, history, structures: [], gates: [], lastGates: [], reference: null };
}

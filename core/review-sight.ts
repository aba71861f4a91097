import type { ReviewerName } from './ids.ts';
import { isSettled } from './review-record.ts';
import type { Role } from './roles.ts';
import type { TaskView } from './review.ts';

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

/** A task without what `maySee` keeps back: the state, not what is in it. The image is nobody's read. */
export function withoutReads(view: TaskView): TaskView {
  const { masks: _, candidates: __, comments: ___, excludedBecause: ____, ...rest } = view;
  return { ...rest, structures: [], gates: [], lastGates: [], reference: null };
}

import type { ObjectRef, SeriesId, TaskId } from '../core/ids.ts';
import type { TaskMove } from '../core/review-moves.ts';
import type {
  ClaimRequest,
  Companion,
  SubmitRequest,
  SubmitResult,
  TaskRow,
  TaskState,
  TaskView,
} from '../core/review.ts';

/** What people's front ends (CLI, HTTP API and page, simulated reviewer through it) may ask about review tasks. */
export interface TaskService {
  /** Work list in the order of core/task-order.ts; from search attributes, so a task may appear a moment late. */
  list(filter: { dataset?: string; round?: number; state?: TaskState }): Promise<TaskRow[]>;
  /** One task, and how the other reads of its series stand where they must not know of each other (core/review-sight.ts). */
  show(task: TaskId): Promise<TaskView>;
  /** Claims a queued task, or renews the caller's own claim. */
  claim(task: TaskId, request: ClaimRequest): Promise<TaskView>;
  /** Stores an MHA under `uploads/<task>/<digest>`; durable when it resolves. Not data until a submit passes the gates. */
  upload(task: TaskId, mha: Uint8Array): Promise<ObjectRef>;
  submit(task: TaskId, request: SubmitRequest): Promise<SubmitResult>;
  /** Gives a task back, steers it as a lead, or comments on it; a move that was made before changes nothing. */
  move(task: TaskId, move: TaskMove): Promise<TaskView>;
  /** One of the masks to decide between, as an MHA file; the first is 1. Throws TaskNotFoundError. */
  candidate(task: TaskId, number: number): Promise<Uint8Array>;
  /** The series' image and the proposal, as MHA files. */
  image(task: TaskId): Promise<Uint8Array>;
  proposal(task: TaskId): Promise<Uint8Array>;
  /** The other images of the same study, T1 first: to look at beside this one. */
  companions(task: TaskId): Promise<Companion[]>;
  /** One of them as an MHA file. Throws TaskNotFoundError for a series that is not of the study. */
  companionImage(task: TaskId, series: SeriesId): Promise<Uint8Array>;
}

/** What keeps a copy of the whole work list up to date. */
export interface TaskChanges {
  /**
   * The rows that changed since the mark of an earlier answer, in the order of the list; some of before may come again. Without a mark all
   * rows, open and lately settled. An answer without a mark can't be followed. A task that was broken off (terminated) just isn't in it.
   */
  changes(since?: number): Promise<{ rows: TaskRow[]; mark?: number }>;
}

/** No such task. */
export class TaskNotFoundError extends Error {
  override readonly name = 'TaskNotFoundError';
}

/** For a task by its whole name. */
export function noSuchTask(task: string): TaskNotFoundError {
  return new TaskNotFoundError(`no task "${task.slice(0, 80)}"`);
}

/** The task is not in a state that allows the request; the message says in which state it is and who holds it. */
export class TaskConflictError extends Error {
  override readonly name = 'TaskConflictError';
}

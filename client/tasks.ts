import type { ObjectRef, TaskId } from '../core/ids.ts';
import type { ClaimRequest, SubmitRequest, SubmitResult, TaskRow, TaskState, TaskView } from '../core/review.ts';

/** What people's front ends (CLI, HTTP API and page, simulated reviewer through it) may ask about review tasks. */
export interface TaskService {
  /** Work list, most doubtful first; from search attributes, so a task may appear a moment late. */
  list(filter: { dataset?: string; round?: number; state?: TaskState }): Promise<TaskRow[]>;
  show(task: TaskId): Promise<TaskView>;
  /** Claims a queued task, or renews the caller's own claim. */
  claim(task: TaskId, request: ClaimRequest): Promise<TaskView>;
  /** Stores an MHA under `uploads/<task>/<digest>`; durable when it resolves. Not data until a submit passes the gates. */
  upload(task: TaskId, mha: Uint8Array): Promise<ObjectRef>;
  submit(task: TaskId, request: SubmitRequest): Promise<SubmitResult>;
  /** The series' image and the proposal, as MHA files. */
  image(task: TaskId): Promise<Uint8Array>;
  proposal(task: TaskId): Promise<Uint8Array>;
}

/** No such task. */
export class TaskNotFoundError extends Error {
  override readonly name = 'TaskNotFoundError';
}

/** The task is not in a state that allows the request; the message says in which state it is and who holds it. */
export class TaskConflictError extends Error {
  override readonly name = 'TaskConflictError';
}

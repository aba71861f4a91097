import type { FastifyInstance, FastifyRequest } from 'fastify';
import { concurrently } from '../client/concurrently.ts';
import { noSuchTask, TaskNotFoundError, type TaskService } from '../client/tasks.ts';
import type { AuditEntry } from '../core/audit.ts';
import { rowsFor, seriesTask } from '../core/list-sight.ts';
import { isSettled, readersOf } from '../core/review-record.ts';
import { isFurtherRead, isSecretFrom, maySee, withoutReaders, withoutReads } from '../core/review-sight.ts';
import type { TaskRow, TaskView } from '../core/review.ts';
import { mayDo } from '../core/roles.ts';
import { ProblemError } from './problem.ts';
import { taskOfPath, TaskPath } from './task-path.ts';

const SHOWN_AT_ONCE = 8;
const ANSWERED_BLIND = 'a read that you may not see yet';

/** Whether whoever asks may see a task's masks. The access token is nobody: who has it answers for what they show. */
export function sees({ principal }: FastifyRequest, view: TaskView): boolean {
  if (!principal || principal.name === null) return true;
  return maySee(view, { name: principal.name, role: principal.role });
}

/**
 * A task as whoever asks may know it: without the reads that must not influence theirs, and, but for leads, without that there are
 * any and whose they are.
 */
export function seenBy(request: FastifyRequest, view: TaskView): TaskView {
  const seen = sees(request, view) ? view : withoutReads(view);
  const { principal } = request;
  if (!principal || principal.name === null || mayDo(principal.role, 'lead')) return seen;
  const { name, role } = principal;
  const isOthers = (view.siblings ?? []).length > 0 && !readersOf(view.history).includes(name);
  return withoutOthers(isOthers ? withoutReaders(seen, { name, role }) : seen);
}

/** The rows of a whole work list that whoever asks may know of. */
export function rowsSeenBy({ principal }: FastifyRequest, rows: readonly TaskRow[]): readonly TaskRow[] {
  return !principal || principal.name === null ? rows : rowsFor(rows, { name: principal.name, role: principal.role });
}

/** Answers (404) as if there were no such task, where whoever asks must not learn of it; before any route of a task. */
export function keepSecretReads(api: FastifyInstance, tasks: Pick<TaskService, 'show'>): void {
  api.addHook('preHandler', async ({ principal, params }) => {
    const path = TaskPath.safeParse(params);
    if (!principal || principal.name === null || !path.success) return;
    const task = taskOfPath(path.data);
    if (!isFurtherRead(task)) return;
    const viewer = { name: principal.name, role: principal.role };
    if (isSecretFrom(await tasks.show(task), viewer)) throw noSuchTask(task);
  });
}

/**
 * Entries of the audit log without how a read was answered that whoever asks may not see. The list says where any read is open still;
 * where none is, there is nothing to keep back.
 */
export async function entriesSeenBy<Entry extends AuditEntry>(
  request: FastifyRequest,
  entries: readonly Entry[],
  tasks: Pick<TaskService, 'show' | 'list'>,
): Promise<Entry[]> {
  const { principal } = request;
  if (!principal || principal.name === null) return [...entries];
  const open = new Set((await tasks.list({})).flatMap((row) => (isSettled(row) ? [] : [seriesTask(row.task)])));
  const told = new Set(entries.flatMap(({ action, subject }) => (action === 'submit' ? [subject] : [])));
  const hidden = new Set<string>();
  await concurrently([...told], SHOWN_AT_ONCE, async (task) => {
    if (!open.has(seriesTask(task))) return;
    const view = await tasks.show(task).catch((error: unknown) => {
      if (error instanceof TaskNotFoundError) return null;
      throw error;
    });
    if (view && !sees(request, view)) hidden.add(task);
  });
  return entries.map((each) =>
    each.action === 'submit' && hidden.has(each.subject) ? { ...each, note: ANSWERED_BLIND } : each,
  );
}

function withoutOthers(view: TaskView): TaskView {
  const { siblings: _, independentOf: __, notTo: ___, ...rest } = view;
  return rest;
}

/** Refuses (403) the masks of a read that whoever asks may not see. */
export function refuseHidden(request: FastifyRequest, view: TaskView): void {
  if (sees(request, view)) return;
  const detail =
    view.kind === 'adjudication'
      ? 'The reads to decide between are shown to whoever has claimed the decision, and to others once it is settled.'
      : 'This read and another one of the same series must not know of each other until both are settled.';
  throw new ProblemError(403, 'blinded', 'Blinded read', detail);
}

import type { FastifyRequest } from 'fastify';
import { maySee, withoutReads } from '../core/review-sight.ts';
import type { TaskView } from '../core/review.ts';
import { mayDo } from '../core/roles.ts';
import { ProblemError } from './problem.ts';

/** Whether whoever asks may see a task's masks. The access token is nobody: who has it answers for what they show. */
function sees({ principal }: FastifyRequest, view: TaskView): boolean {
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
  return !principal || principal.name === null || mayDo(principal.role, 'lead') ? seen : withoutOthers(seen);
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

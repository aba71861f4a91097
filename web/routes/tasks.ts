import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { RecordBucket } from '../../adapters/accounts/records.ts';
import type { Drafts } from '../../adapters/drafts.ts';
import type { TaskLog } from '../../client/task-log.ts';
import type { TaskService } from '../../client/tasks.ts';
import { SERVICE } from '../../core/audit.ts';
import { DatasetName } from '../../core/ids.ts';
import { SubmitResult, TaskState, TaskView } from '../../core/review.ts';
import { ClaimBody, SubmitBody, TaskList } from '../api-shapes.ts';
import type { ChangeWatch } from '../change-watch.ts';
import { reviewerOf, standing } from '../guard.ts';
import { answeredOnce } from '../idempotency.ts';
import { rowsSeenBy, seenBy } from '../sight.ts';
import { MOST_ROWS, pageOf } from '../task-pages.ts';
import { RoundText, taskOfPath, TaskPath } from '../task-path.ts';

export interface TaskDeps {
  tasks: TaskService;
  drafts: Drafts;
  log: TaskLog;
  watch: ChangeWatch;
  records: RecordBucket;
}

const ListQuery = z.object({
  dataset: DatasetName.optional(),
  round: RoundText.optional(),
  state: TaskState.optional(),
  limit: z.coerce.number().int().min(1).max(MOST_ROWS).default(MOST_ROWS),
  cursor: z.string().max(300).optional(),
});
const TASK = '/tasks/:dataset/:round/:series';

/** The work list and the life of one task: show, claim, submit. */
export const taskRoutes: FastifyPluginAsyncZod<TaskDeps> = async (api, deps) => {
  const { tasks, log, watch } = deps;
  api.get(
    '/tasks',
    {
      schema: {
        summary: 'A page of the work list; a task may appear a moment late',
        querystring: ListQuery,
        response: { 200: TaskList },
      },
    },
    async (request) => {
      const { dataset, round, state, limit, cursor } = request.query;
      const rows = await tasks.list({
        ...(dataset !== undefined && { dataset }),
        ...(round !== undefined && { round: Number(round) }),
      });
      // Of all states: what may be seen of one read depends on the other one's.
      const seen = rowsSeenBy(request, rows).filter((row) => state === undefined || row.state === state);
      return pageOf(seen, limit, cursor);
    },
  );
  api.get(
    TASK,
    { schema: { summary: 'One task as it stands', params: TaskPath, response: { 200: TaskView } } },
    async (request) => seenBy(request, await tasks.show(taskOfPath(request.params))),
  );
  api.post(
    `${TASK}/claim`,
    {
      schema: {
        summary: "Claims a queued task, or renews the caller's own claim",
        params: TaskPath,
        body: ClaimBody,
        response: { 200: TaskView },
      },
    },
    async (request) => {
      const { params, body } = request;
      const view = await tasks.claim(taskOfPath(params), {
        reviewer: reviewerOf(request, body.reviewer),
        ...standing(request),
      });
      await log.claimed(whoOf(request), view);
      watch.poke(params.dataset);
      return seenBy(request, view);
    },
  );
  api.post(
    `${TASK}/submit`,
    {
      schema: {
        summary: 'Submits a verdict; 200 also when the gates refuse it, with the gates as reasons',
        description:
          'With an `Idempotency-Key` the first answer is given again, and the key is refused for another request.',
        params: TaskPath,
        body: SubmitBody,
        response: { 200: SubmitResult },
      },
    },
    async (request, reply) => {
      const body = { ...request.body, reviewer: reviewerOf(request, request.body.reviewer) };
      const { result, replayed } = await submitted(request, taskOfPath(request.params), body, deps);
      if (replayed) reply.header('idempotent-replayed', 'true');
      watch.poke(request.params.dataset);
      return result;
    },
  );
};

async function submitted(
  request: FastifyRequest,
  task: string,
  body: Parameters<TaskService['submit']>[1],
  { tasks, drafts, log, records }: TaskDeps,
): Promise<{ result: SubmitResult; replayed: boolean }> {
  const who = whoOf(request);
  return answeredOnce(records, request, { who, task, body }, async () => {
    const result = await tasks.submit(task, body);
    await log.submitted(who, task, body, result);
    // Only now: what was drawn is safe elsewhere.
    if (result.outcome !== 'refused') await drafts.forget(task, body.reviewer);
    return result;
  });
}

/** Who asks, as the audit log names them. */
export function whoOf({ principal }: FastifyRequest): string {
  return principal?.name ?? SERVICE;
}

import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { concurrently } from '../../client/concurrently.ts';
import { refuseUnfit, type Assignees } from '../../client/assignees.ts';
import type { TaskLog } from '../../client/task-log.ts';
import { TaskConflictError, TaskNotFoundError, type TaskService } from '../../client/tasks.ts';
import { parseTaskId, ReviewerName, TaskId } from '../../core/ids.ts';
import { LEAD_MOVES, TaskMove } from '../../core/review-moves.ts';
import { TaskView } from '../../core/review.ts';
import { mayDo } from '../../core/roles.ts';
import { MoveResults, PeopleList } from '../api-shapes.ts';
import type { ChangeWatch } from '../change-watch.ts';
import { reviewerOf } from '../guard.ts';
import { ProblemError } from '../problem.ts';
import { refuseHidden, seenBy } from '../sight.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';
import { whoOf } from './tasks.ts';

const TASK = '/tasks/:dataset/:round/:series';
const MOST_TASKS = 500;
/** Each is an update that waits for its workflow. */
const AT_ONCE = 8;

/** A move as it is asked for: who makes it is the server's word; the access token names somebody in `by`. */
const MoveBody = z.looseObject({ move: z.string().max(20), by: ReviewerName.optional() });
/** Neither giving back nor talking: those are about one task. */
const BulkBody = MoveBody.extend({ move: z.enum(LEAD_MOVES), tasks: z.array(TaskId).min(1).max(MOST_TASKS) });

export interface MoveDeps {
  tasks: TaskService;
  log: TaskLog;
  watch: ChangeWatch;
  assignees: Assignees;
}

/** What happens to tasks beside claims and verdicts: giving back, comments, and what leads do. */
export const moveRoutes: FastifyPluginAsyncZod<MoveDeps> = async (api, deps) => {
  const { assignees } = deps;
  api.post(
    `${TASK}/moves`,
    {
      schema: {
        summary: 'Gives a task back, comments on a place in it, or steers it as a lead',
        params: TaskPath,
        body: MoveBody,
        response: { 200: TaskView },
      },
    },
    async (request) => {
      const move = moveOf(request, request.body);
      const task = taskOfPath(request.params);
      await fitFor(deps, move)(task);
      return seenBy(request, await made(deps, request, task, move));
    },
  );
  api.post(
    '/moves',
    {
      schema: {
        summary: 'The same move on many tasks, for leads; each is made or refused by itself',
        body: BulkBody,
        response: { 200: MoveResults },
      },
    },
    async (request) => {
      const { tasks: ids, ...asked } = request.body;
      const move = moveOf(request, asked);
      const refuse = fitFor(deps, move);
      const results = await concurrently([...new Set(ids)], AT_ONCE, async (task) => {
        try {
          await refuse(task);
          await made(deps, request, task, move);
          return { task, made: true, detail: '' };
        } catch (error) {
          if (!(error instanceof TaskConflictError || error instanceof TaskNotFoundError)) throw error;
          return { task, made: false, detail: error.message };
        }
      });
      return { results };
    },
  );
  api.get(
    '/people',
    { schema: { summary: 'Whom tasks can be given to, by name', response: { 200: PeopleList } } },
    async () => ({ people: (await assignees.all()).map(({ name, role, skills = [] }) => ({ name, role, skills })) }),
  );
};

/**
 * Refuses tasks to people who could not claim them: InvalidInputError for somebody who has no account, TaskConflictError for a task that
 * is not for them. Whoever is meant is looked up once.
 */
function fitFor({ tasks, assignees }: MoveDeps, move: TaskMove): (task: TaskId) => Promise<void> {
  const to = move.move === 'reassign' ? move.to : null;
  if (to === null) return () => Promise.resolve();
  let assignee: ReturnType<Assignees['named']> | undefined;
  return async (task) => refuseUnfit(await tasks.show(task), await (assignee ??= assignees.named(to)));
}

/** Makes a move and writes it down. Throws ProblemError (403) for a comment by whoever may not see the read: it would tell of another. */
async function made(
  { tasks, log, watch }: MoveDeps,
  request: FastifyRequest,
  task: TaskId,
  move: TaskMove,
): Promise<TaskView> {
  if (move.move === 'comment') refuseHidden(request, await tasks.show(task));
  const view = await tasks.move(task, move);
  const to = move.move === 'reassign' ? ` to ${move.to ?? 'anybody'}` : '';
  await log.did(whoOf(request), task, `${move.move}${to}`);
  const { dataset } = parseTaskId(task);
  if (move.move === 'comment') watch.tell(dataset, 'comments');
  else watch.poke(dataset);
  return view;
}

/** The move with who makes it, by the server's word. Throws ProblemError (403) for a lead's move by somebody else. */
function moveOf(request: FastifyRequest, { by, ...asked }: z.infer<typeof MoveBody>): TaskMove {
  const role = request.principal?.role ?? 'annotator';
  if ((LEAD_MOVES as readonly string[]).includes(asked.move) && !mayDo(role, 'lead')) {
    throw new ProblemError(403, 'role', 'Not for your role', `As ${role} you may not ${asked.move} tasks.`);
  }
  return TaskMove.parse({ ...asked, by: reviewerOf(request, by), role });
}

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TaskService } from '../../client/tasks.ts';
import { DatasetName } from '../../core/ids.ts';
import { ClaimRequest, SubmitRequest, SubmitResult, TaskState, TaskView } from '../../core/review.ts';
import { TaskList } from '../api-shapes.ts';
import { RoundText, taskOfPath, TaskPath } from '../task-path.ts';

/** The work list and the life of one task: show, claim, submit. */
export const taskRoutes: FastifyPluginAsyncZod<{ tasks: TaskService }> = async (api, { tasks }) => {
  const ListQuery = z.object({
    dataset: DatasetName.optional(),
    round: RoundText.optional(),
    state: TaskState.optional(),
  });
  api.get(
    '/tasks',
    {
      schema: {
        summary: 'The work list, most doubtful first; a task may appear a moment late',
        querystring: ListQuery,
        response: { 200: TaskList },
      },
    },
    async ({ query: { dataset, round, state } }) => ({
      tasks: await tasks.list({
        ...(dataset !== undefined && { dataset }),
        ...(round !== undefined && { round: Number(round) }),
        ...(state !== undefined && { state }),
      }),
    }),
  );

  const TASK = '/tasks/:dataset/:round/:series';
  api.get(
    TASK,
    { schema: { summary: 'One task as it stands', params: TaskPath, response: { 200: TaskView } } },
    async ({ params }) => tasks.show(taskOfPath(params)),
  );
  api.post(
    `${TASK}/claim`,
    {
      schema: {
        summary: "Claims a queued task, or renews the caller's own claim",
        params: TaskPath,
        body: ClaimRequest,
        response: { 200: TaskView },
      },
    },
    async ({ params, body }) => tasks.claim(taskOfPath(params), body),
  );
  api.post(
    `${TASK}/submit`,
    {
      schema: {
        summary: 'Submits a verdict; 200 also when the gates refuse it, with the gates as reasons',
        params: TaskPath,
        body: SubmitRequest,
        response: { 200: SubmitResult },
      },
    },
    async ({ params, body }) => tasks.submit(taskOfPath(params), body),
  );
};

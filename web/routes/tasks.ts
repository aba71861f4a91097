import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TaskService } from '../../client/tasks.ts';
import { DatasetName } from '../../core/ids.ts';
import { SubmitResult, TaskState, TaskView } from '../../core/review.ts';
import { ClaimBody, SubmitBody, TaskList } from '../api-shapes.ts';
import { reviewerOf } from '../guard.ts';
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
        body: ClaimBody,
        response: { 200: TaskView },
      },
    },
    async (request) => {
      const { params, body } = request;
      return tasks.claim(taskOfPath(params), { ...body, reviewer: reviewerOf(request, body.reviewer) });
    },
  );
  api.post(
    `${TASK}/submit`,
    {
      schema: {
        summary: 'Submits a verdict; 200 also when the gates refuse it, with the gates as reasons',
        params: TaskPath,
        body: SubmitBody,
        response: { 200: SubmitResult },
      },
    },
    async (request) => {
      const { params, body } = request;
      return tasks.submit(taskOfPath(params), { ...body, reviewer: reviewerOf(request, body.reviewer) });
    },
  );
};

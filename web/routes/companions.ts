import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { TaskNotFoundError, type TaskService } from '../../client/tasks.ts';
import { SeriesId } from '../../core/ids.ts';
import { CompanionList } from '../api-shapes.ts';
import { OCTETS, sendVolume, VolumeQuery } from '../octets.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';

const COMPANIONS = '/tasks/:dataset/:round/:series/companions';

/** The other images of a task's study. */
export const companionRoutes: FastifyPluginAsyncZod<{ tasks: TaskService }> = async (api, { tasks }) => {
  api.get(
    COMPANIONS,
    {
      schema: {
        summary: 'The other images of the same study, to look at beside this one',
        params: TaskPath,
        response: { 200: CompanionList },
      },
    },
    async ({ params }) => ({ companions: await tasks.companions(taskOfPath(params)) }),
  );
  api.get(
    `${COMPANIONS}/:companion/image.mha`,
    {
      schema: {
        summary: 'One of them as an MHA file, with ETag and `digest` as of image.mha',
        params: TaskPath.extend({ companion: SeriesId }),
        querystring: VolumeQuery,
        produces: [OCTETS],
      },
    },
    async (request, reply) => {
      const task = taskOfPath(request.params);
      const { companion: series } = request.params;
      const found = (await tasks.companions(task)).find((each) => each.series === series);
      if (!found) throw new TaskNotFoundError(`task ${task}: no image ${series} in its study`);
      return sendVolume(request, reply, found.image.digest, request.query.digest, () =>
        tasks.companionImage(task, series),
      );
    },
  );
};

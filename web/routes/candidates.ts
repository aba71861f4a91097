import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { TaskNotFoundError, type TaskService } from '../../client/tasks.ts';
import { OCTETS, sendVolume, VolumeQuery } from '../octets.ts';
import { refuseHidden } from '../sight.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';

/** The masks that an adjudication decides between, for whoever holds it. */
export const candidateRoute: FastifyPluginAsyncZod<{ tasks: TaskService }> = async (api, { tasks }) => {
  api.get(
    '/tasks/:dataset/:round/:series/candidates/:number/mask.mha',
    {
      schema: {
        summary: 'One of the masks to decide between, as an MHA file; the first is 1',
        params: TaskPath.extend({ number: z.string().regex(/^[1-9]$/) }),
        querystring: VolumeQuery,
        produces: [OCTETS],
      },
    },
    async (request, reply) => {
      const task = taskOfPath(request.params);
      const number = Number(request.params.number);
      const view = await tasks.show(task);
      refuseHidden(request, view);
      const chosen = view.candidates?.[number - 1];
      if (!chosen) throw new TaskNotFoundError(`task ${task}: no mask ${number} to decide between`);
      const read = () => tasks.candidate(task, number);
      return sendVolume(request, reply, chosen.mask.digest, request.query.digest, read);
    },
  );
};

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { TaskService } from '../../client/tasks.ts';
import { ObjectRef, type TaskId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { parseMhaHeader } from '../../core/mha.ts';
import { OCTETS, sendVolume, takeOctets, VolumeQuery } from '../octets.ts';
import { refuseHidden } from '../sight.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';

/** The most bytes a correction may have; SPIDER's largest mask is under 1 MiB compressed. */
export const CORRECTION_LIMIT_BYTES = 256 * 1024 * 1024;

/** A task's volumes: the image and the proposal to read, the correction to write. */
export const volumeRoutes: FastifyPluginAsyncZod<{ tasks: TaskService }> = async (api, { tasks }) => {
  takeOctets(api);

  for (const volume of ['image', 'proposal'] as const) {
    api.get(
      `/tasks/:dataset/:round/:series/${volume}.mha`,
      {
        schema: {
          summary: `The ${volume === 'image' ? "series' image" : 'proposed mask'} as an MHA file`,
          description:
            'The ETag is the SHA-256 of the file. With `?digest=<that SHA-256>` the answer may be kept for good; without it must be asked for again.',
          params: TaskPath,
          querystring: VolumeQuery,
          produces: [OCTETS],
        },
      },
      async (request, reply) => {
        const task = taskOfPath(request.params);
        const view = await tasks.show(task);
        if (volume === 'proposal') refuseHidden(request, view);
        const { digest } = view[volume];
        return sendVolume(request, reply, digest, request.query.digest, () => tasks[volume](task));
      },
    );
  }

  api.put(
    '/tasks/:dataset/:round/:series/correction',
    {
      bodyLimit: CORRECTION_LIMIT_BYTES,
      schema: {
        summary: 'Stores a corrected mask, an MHA file; it becomes data only by a submit that names it',
        consumes: [OCTETS],
        params: TaskPath,
        response: { 200: ObjectRef },
      },
    },
    async (request) => {
      const task: TaskId = taskOfPath(request.params);
      const { body } = request as { body: unknown };
      if (!(body instanceof Uint8Array)) throw new InvalidInputError('correction', 'body', OCTETS, 'no such body');
      parseMhaHeader(body, 'correction'); // what isn't even a volume never reaches the store
      return tasks.upload(task, body);
    },
  );
};

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { TaskService } from '../../client/tasks.ts';
import { sees } from '../sight.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';
import { Thumbnails } from '../thumbnails.ts';

const PNG = 'image/png';

/** Small pictures for work lists. */
export const thumbnailRoute: FastifyPluginAsyncZod<{ tasks: TaskService }> = async (api, { tasks }) => {
  const thumbnails = new Thumbnails(tasks);
  api.get(
    '/tasks/:dataset/:round/:series/thumbnail.png',
    {
      schema: {
        summary: 'The middle sagittal slice as a small picture; with the mask, for whoever may see it',
        params: TaskPath,
        produces: [PNG],
      },
    },
    async (request, reply) => {
      const view = await tasks.show(taskOfPath(request.params));
      const withMask = sees(request, view);
      const etag = `"${Thumbnails.nameOf(view, withMask)}"`;
      // What somebody may see changes, and in one browser several people may sign in.
      reply.header('etag', etag).header('cache-control', 'private, no-cache').header('vary', 'cookie');
      if (request.headers['if-none-match'] === etag) return reply.code(304).send();
      return reply.type(PNG).send(Buffer.from(await thumbnails.png(view, withMask)));
    },
  );
};

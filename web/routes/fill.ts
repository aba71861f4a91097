import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { interpolateSlices } from '../../adapters/interpolation.ts';
import { asMask, decodeMha, encodeMha } from '../../adapters/volume.ts';
import type { TaskService } from '../../client/tasks.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { OCTETS, takeOctets } from '../octets.ts';
import { ProblemError } from '../problem.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';
import { CORRECTION_LIMIT_BYTES } from './volumes.ts';

/** Each takes a thread and several times the mask's memory for some seconds. */
const AT_ONCE = 2;
const TIME_LIMIT_MS = 60_000;

const FillQuery = z.object({ label: z.coerce.number().int().min(1).max(255) });

/** Filling a structure in between the slices on which it was drawn. Nothing is stored. */
export const fillRoute: FastifyPluginAsyncZod<{ tasks: TaskService }> = async (api, { tasks }) => {
  takeOctets(api);
  let running = 0;
  api.post(
    '/tasks/:dataset/:round/:series/fill',
    {
      bodyLimit: CORRECTION_LIMIT_BYTES,
      schema: {
        summary: 'Fills a structure of a mask in between the slices that hold it; stores nothing',
        description:
          'The body is a mask as an MHA file; so is the answer. Filled by shape across the coarsest axis, over background only; what was drawn stays to the voxel.',
        consumes: [OCTETS],
        produces: [OCTETS],
        params: TaskPath,
        querystring: FillQuery,
      },
    },
    async (request, reply) => {
      await tasks.show(taskOfPath(request.params)); // no service for those who have no task
      const { body } = request as { body: unknown };
      if (!(body instanceof Uint8Array)) throw new InvalidInputError('mask', 'body', OCTETS, 'no such body');
      if (running >= AT_ONCE) {
        throw new ProblemError(503, 'busy', 'Busy', 'Others are being served: try again in a moment.');
      }
      running++;
      try {
        const mask = asMask(await decodeMha(body, 'mask'), 'mask');
        const options = { labels: [request.query.label], timeLimitMs: TIME_LIMIT_MS };
        const bytes = await encodeMha(await interpolateSlices(mask, options));
        return await reply.type(OCTETS).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      } finally {
        running--;
      }
    },
  );
};

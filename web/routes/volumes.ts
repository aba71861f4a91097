import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TaskService } from '../../client/tasks.ts';
import { Digest, ObjectRef, type TaskId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { parseMhaHeader } from '../../core/mha.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';

/** The most bytes a correction may have; SPIDER's largest mask is under 1 MiB compressed. */
export const CORRECTION_LIMIT_BYTES = 256 * 1024 * 1024;

export const OCTETS = 'application/octet-stream';
const VolumeQuery = z.object({ digest: Digest.optional() });

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
        const { digest } = (await tasks.show(task))[volume];
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

/** Has the routes of a plugin take files as they are. */
export function takeOctets(api: Pick<FastifyInstance, 'addContentTypeParser'>): void {
  api.addContentTypeParser(OCTETS, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/**
 * Answers with a stored file. Only an address that names the digest may be cached for good: a task's own address could mean
 * other bytes on another installation at the same port.
 */
async function sendVolume(
  request: FastifyRequest,
  reply: FastifyReply,
  digest: Digest,
  asked: Digest | undefined,
  read: () => Promise<Uint8Array>,
): Promise<FastifyReply> {
  if (asked !== undefined && asked !== digest) {
    throw new InvalidInputError('volume', 'digest', `${digest.slice(0, 12)}…, the task's`, `${asked.slice(0, 12)}…`);
  }
  const etag = `"${digest}"`;
  reply.header('etag', etag);
  reply.header('cache-control', asked ? 'private, max-age=31536000, immutable' : 'private, no-cache');
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  const bytes = await read();
  return reply.type(OCTETS).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

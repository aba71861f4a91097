import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';

/** Files as they are, in requests and answers. */
export const OCTETS = 'application/octet-stream';

export const VolumeQuery = z.object({ digest: Digest.optional() });

/** Has the routes of a plugin take files as they are. */
export function takeOctets(api: Pick<FastifyInstance, 'addContentTypeParser'>): void {
  api.addContentTypeParser(OCTETS, { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
}

/**
 * Answers with a stored file. Only an address that names the digest may be cached for good: a task's own address could mean
 * other bytes on another installation at the same port.
 */
export async function sendVolume(
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

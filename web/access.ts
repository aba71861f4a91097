import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';

/** Host names that a browser on this machine uses. */
export const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'] as const;

/**
 * Refuses (421) a request whose Host header names another machine. A page elsewhere that rebinds its own name to 127.0.0.1
 * would otherwise be same-origin with this server.
 */
export function hostCheck(allowed: readonly string[]): (request: FastifyRequest) => Promise<void> {
  const names = new Set(allowed.map((name) => name.toLowerCase()));
  return async (request) => {
    const host = (request.headers.host ?? '').toLowerCase().replace(/:\d+$/, '');
    if (!names.has(host)) {
      throw new ProblemError(421, 'host', 'Another host', 'This server answers only to the host names it was given.');
    }
  };
}

/** Refuses (401) a request without `authorization: Bearer <token>`; compares in constant time. */
export function tokenCheck(token: string): (request: FastifyRequest) => Promise<void> {
  const expected = sha256(token);
  return async (request) => {
    const [scheme, given] = (request.headers.authorization ?? '').split(' ', 2);
    if (scheme?.toLowerCase() !== 'bearer' || !given || !timingSafeEqual(sha256(given), expected)) {
      throw new ProblemError(401, 'token', 'Not signed in', 'The address needs "authorization: Bearer <token>".');
    }
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

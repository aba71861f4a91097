import type { FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';

/** Host names that a browser on this machine uses. */
export const LOOPBACK_HOSTS = ['127.0.0.1', 'localhost', '[::1]'] as const;

/**
 * What the page sends with every request: the name that it works under. Another site's page can't send it without being asked about
 * first, and when the browser's session has become somebody else's by now, nothing is done under that name.
 */
export const PAGE_HEADER = 'x-spindle-page';

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

/**
 * Refuses (403) a request that changes something and comes from another site's page: by its Origin, by what the browser says of it,
 * and, where a cookie speaks for it, by the lack of the page's own header. Programs send neither Origin nor cookie.
 */
export function refuseForeignPage({ method, headers }: FastifyRequest, byCookie: boolean): void {
  if (method === 'GET' || method === 'HEAD') return;
  const { origin, host, 'sec-fetch-site': site } = headers;
  const foreign = origin !== undefined && hostOf(origin) !== host?.toLowerCase();
  if (foreign || (site !== undefined && site !== 'same-origin')) throw crossSite('It comes from another site.');
  if (byCookie && headers[PAGE_HEADER] === undefined) throw crossSite(`It lacks the header "${PAGE_HEADER}".`);
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}

function crossSite(why: string): ProblemError {
  return new ProblemError(403, 'cross-site', 'Not from this page', `The request was not made by this page. ${why}`);
}

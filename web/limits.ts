import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from './problem.ts';

/** How often somebody may ask, a minute where nothing else is said. */
export interface Limits {
  /** A person with everything they have open. */
  perPerson: number;
  /** Sign-ins from one address. */
  signIns: number;
  /** Requests from one address with credentials that open nothing. */
  strangers: number;
  /** Reports of errors from one address, in ten minutes. */
  reports: number;
}

export const LIMITS: Limits = { perPerson: 1200, signIns: 30, strangers: 120, reports: 10 };
const MINUTE_MS = 60_000;

/** Counts one request; throws (429) when it is one too many. */
export type Limiter = (request: FastifyRequest) => Promise<void>;

export type Limiters = Record<keyof Limits, Limiter>;

/** Makes the counters of a server, kept in its memory. They may be used once the server is ready. */
export function installLimits(server: FastifyInstance, limits: Limits): Limiters {
  const limiters: Partial<Limiters> = {};
  server.register(rateLimit, { global: false, timeWindow: MINUTE_MS });
  server.after(() => {
    const byAddress = ({ ip }: FastifyRequest) => ip;
    const byPerson = ({ principal }: FastifyRequest) => principal?.name ?? '';
    limiters.signIns = limiter(server, limits.signIns, byAddress);
    limiters.strangers = limiter(server, limits.strangers, byAddress);
    limiters.perPerson = limiter(server, limits.perPerson, byPerson);
    limiters.reports = limiter(server, limits.reports, byAddress, 10 * MINUTE_MS);
  });
  const when =
    (name: keyof Limits): Limiter =>
    (request) =>
      limiters[name]!(request);
  return {
    perPerson: when('perPerson'),
    signIns: when('signIns'),
    strangers: when('strangers'),
    reports: when('reports'),
  };
}

/** The refusal of one request too many. */
export function tooMany(waitMs: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const wait = seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
  const detail = `Too many requests. Try again in ${wait}.`;
  return new ProblemError(429, 'too-many', 'Too many requests', detail, { 'retry-after': String(seconds) });
}

function limiter(
  server: FastifyInstance,
  max: number,
  keyGenerator: (request: FastifyRequest) => string,
  timeWindow = MINUTE_MS,
): Limiter {
  const count = server.createRateLimit({ max, timeWindow, keyGenerator });
  return async (request) => {
    const counted = await count(request);
    if (!counted.isAllowed && counted.isExceeded) throw tooMany(counted.ttl);
  };
}

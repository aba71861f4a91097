import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal, SignIn } from '../client/sign-in.ts';
import { SERVICE } from '../core/audit.ts';
import { mayDo, ROLES_WITH, type Right, type Role } from '../core/roles.ts';
import { PAGE_HEADER, refuseForeignPage } from './access.ts';
import type { Limiters } from './limits.ts';
import { ProblemError } from './problem.ts';
import { accessOf } from './route-access.ts';
import type { SessionCookie } from './session-cookie.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose request it is; null on addresses that anyone may ask for, when nobody is signed in. */
    principal: Principal | null;
  }
}

/** Where a request's credential was found. */
export interface Presented {
  credential: string;
  by: 'header' | 'cookie';
}

export interface GuardDeps {
  signIn: SignIn;
  cookie: SessionCookie;
  limits: Limiters;
}

/** Who has the access token may do everything, and names the reviewer. */
const BEARER_OF_ACCESS_TOKEN: Principal = { name: null, role: 'admin', skills: [], expiresAt: null };

/**
 * Stands before every route: finds out whose request it is (401), whether a page elsewhere made it (403), whether the role has the
 * route's right (403), and whether it is one too many (429). Before any body is read.
 */
export function installGuard(server: FastifyInstance, deps: GuardDeps): void {
  server.decorateRequest('principal', null);
  server.addHook('onRequest', async (request) => {
    const access = accessOf(request.method, request.routeOptions.url ?? '');
    if (access === undefined) return; // no such address: 404
    const presented = presentedBy(request, deps.cookie);
    refuseForeignPage(request, presented?.by === 'cookie' && access !== 'anyone');
    if (access === 'anyone') return;
    request.principal = await principalOf(request, presented, deps);
    refuseWithoutRight(request.principal, access);
  });
}

/** The credential of a request; null for none. */
export function presentedBy(request: FastifyRequest, cookie: SessionCookie): Presented | null {
  const [scheme, credential] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme?.toLowerCase() === 'bearer' && credential) return { credential, by: 'header' };
  const kept = cookie.read(request);
  return kept === undefined ? null : { credential: kept, by: 'cookie' };
}

/** Whose credential it is; null when it opens nothing. */
export async function whose(presented: Presented | null, signIn: SignIn): Promise<Principal | null> {
  if (!presented) return null;
  const { credential, by } = presented;
  if (by === 'header' && signIn.isAccessToken(credential)) return BEARER_OF_ACCESS_TOKEN;
  return signIn.check(credential);
}

/** The person that a request acts for: the account's own name, whatever the request says; the named one for the access token. */
export function reviewerOf({ principal }: FastifyRequest, named: string | undefined): string {
  const own = principal?.name ?? null;
  if (own === null) {
    if (named !== undefined) return named;
    throw new ProblemError(
      400,
      'invalid-input',
      'Invalid input',
      'reviewer: expected a name, as the access token is nobody',
    );
  }
  if (named === undefined || named === own) return own;
  throw new ProblemError(
    403,
    'reviewer',
    'Another person',
    `You are signed in as ${own} and can't act as somebody else.`,
  );
}

/** What the server knows of whoever claims: what a task may demand. */
export function standing({ principal }: FastifyRequest): { role?: Role; skills?: string[] } {
  if (!principal) return {};
  return { role: principal.role, ...(principal.skills.length > 0 && { skills: [...principal.skills] }) };
}

async function principalOf(request: FastifyRequest, presented: Presented | null, deps: GuardDeps): Promise<Principal> {
  const principal = await whose(presented, deps.signIn);
  if (!principal) {
    if (presented) await deps.limits.strangers(request);
    throw new ProblemError(401, 'not-signed-in', 'Not signed in', 'Sign in: there is no session, or it has ended.', {
      'www-authenticate': 'Bearer',
    });
  }
  refuseOtherPerson(request, principal);
  request.principal = principal;
  if (principal.name !== null) await deps.limits.perPerson(request);
  return principal;
}

/** The page says under which name it works, once it knows. */
function refuseOtherPerson({ headers }: FastifyRequest, { name }: Principal): void {
  const expected = headers[PAGE_HEADER];
  if (expected === undefined || expected === '1' || expected === (name ?? SERVICE)) return;
  throw new ProblemError(401, 'not-signed-in', 'Not signed in', 'Somebody else is signed in in this browser by now.');
}

function refuseWithoutRight({ role }: Principal, right: Right): void {
  if (mayDo(role, right)) return;
  const who = ROLES_WITH[right].join(', ');
  throw new ProblemError(403, 'role', 'Not for your role', `As ${role} you may not do this; it is for: ${who}.`);
}

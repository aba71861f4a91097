import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { SignInRefusedError, type Principal, type SignIn } from '../../client/sign-in.ts';
import { rightsOf } from '../../core/roles.ts';
import { SessionView, SignInAnswer, SignInRequest, type SignedIn } from '../api-shapes.ts';
import { presentedBy, whose } from '../guard.ts';
import { tooMany, type Limiters } from '../limits.ts';
import type { SessionCookie } from '../session-cookie.ts';
import { SignInBrake } from '../sign-in-brake.ts';

export interface SessionDeps {
  signIn: SignIn;
  cookie: SessionCookie;
  limits: Limiters;
  ways: SessionView['ways'];
}

/** Signing in and out, and who is signed in. */
export const sessionRoutes: FastifyPluginAsyncZod<SessionDeps> = async (api, { signIn, cookie, limits, ways }) => {
  const brake = new SignInBrake();
  api.get(
    '/session',
    {
      schema: {
        summary: 'Who is signed in, and how one can sign in',
        security: [],
        response: { 200: SessionView },
      },
    },
    async (request) => {
      const principal = await whose(presentedBy(request, cookie), signIn);
      return { session: principal && shown(principal), ways };
    },
  );
  api.post(
    '/session',
    {
      schema: {
        summary: 'Signs in: a cookie for browsers, or a token for a program',
        security: [],
        body: SignInRequest,
        response: { 200: SignInAnswer },
      },
    },
    async (request, reply) => {
      await limits.signIns(request);
      return signedIn(request, request.body, reply, { signIn, cookie, brake });
    },
  );
  api.delete(
    '/session',
    { schema: { summary: 'Signs out: ends the session that the cookie or the token opens', security: [] } },
    async (request, reply) => {
      const presented = presentedBy(request, cookie);
      const principal = await whose(presented, signIn);
      if (presented && principal && !signIn.isAccessToken(presented.credential)) {
        await signIn.signOut(presented.credential, principal.name);
      }
      cookie.clear(request, reply);
      return reply.code(204).send();
    },
  );
};

async function signedIn(
  request: FastifyRequest,
  body: SignInRequest,
  reply: FastifyReply,
  { signIn, cookie, brake }: Pick<SessionDeps, 'signIn' | 'cookie'> & { brake: SignInBrake },
): Promise<SignInAnswer> {
  if ('accessToken' in body) {
    const { credential, principal } = await signIn.withAccessToken(body.accessToken);
    cookie.set(request, reply, credential);
    return { session: shown(principal) };
  }
  // By name and address, so that nobody locks out somebody else from afar.
  const key = `${body.name} ${request.ip}`;
  const wait = brake.waitMs(key);
  if (wait > 0) throw tooMany(wait);
  brake.failed(key); // until it has turned out well: tries at one time count, too
  const kind = body.token === true ? 'token' : 'browser';
  const { credential, principal } = await signIn
    .withPassword(body.name, body.password, kind, body.label)
    .catch((error: unknown) => {
      if (!(error instanceof SignInRefusedError)) brake.succeeded(key); // an outage is nobody's guess
      throw error;
    });
  brake.succeeded(key);
  if (kind === 'token') return { session: shown(principal), token: credential };
  cookie.set(request, reply, credential);
  return { session: shown(principal) };
}

/** What a person is told of themselves. */
export function shown({ name, role, skills, expiresAt }: Principal): SignedIn {
  return { name, role, rights: rightsOf(role), skills: [...skills], expiresAt };
}

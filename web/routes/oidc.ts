import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { OidcPending, type OidcProvider } from '../../adapters/oidc.ts';
import { SignInRefusedError, type SignIn } from '../../client/sign-in.ts';
import type { Limiters } from '../limits.ts';
import { ProblemError } from '../problem.ts';
import type { SessionCookie } from '../session-cookie.ts';

export interface OidcDeps {
  /** Null: people have accounts here. */
  provider: OidcProvider | null;
  signIn: SignIn;
  cookie: SessionCookie;
  limits: Limiters;
  /** The page's address for people; by the Host header when left out. */
  publicOrigin?: string;
}

const PENDING = 'spindle-oidc';
const PENDING_SECONDS = 600;
const PATH = '/api/session/oidc';

/** Sign-in at an OpenID provider: there, and back. What goes wrong is told by the page, as `#refused=<why>`. */
export const oidcRoutes: FastifyPluginAsyncZod<OidcDeps> = async (api, deps) => {
  const { limits, signIn, cookie, publicOrigin } = deps;
  const provider = () => {
    if (deps.provider) return deps.provider;
    throw new ProblemError(404, 'no-such-route', 'No such address', 'No OpenID provider is configured here.');
  };
  // Lax: the way back begins at the provider, and a strict cookie would stay behind.
  const attributes = {
    path: PATH,
    httpOnly: true,
    sameSite: 'lax',
    secure: publicOrigin?.startsWith('https:') ?? false,
  } as const;
  api.get(
    '/session/oidc',
    { schema: { summary: 'Sends the browser to the OpenID provider', security: [] } },
    async (request, reply) => {
      const at = provider();
      await limits.signIns(request);
      try {
        const { url, pending } = await at.begin(originOf(request, publicOrigin) + `${PATH}/callback`);
        reply.setCookie(PENDING, packed(pending), { ...attributes, maxAge: PENDING_SECONDS });
        return await reply.redirect(url);
      } catch (error) {
        return refused(request, reply, error);
      }
    },
  );
  api.get(
    '/session/oidc/callback',
    { schema: { summary: 'Where the OpenID provider sends the browser back to', security: [] } },
    async (request, reply) => {
      const at = provider();
      await limits.signIns(request);
      reply.clearCookie(PENDING, attributes);
      try {
        const address = new URL(request.url, originOf(request, publicOrigin));
        const { identity, name, role } = await at.finish(address, unpacked(request.cookies[PENDING]));
        if (role === null) throw new SignInRefusedError('no group with a role', 'no-role');
        if (name === null) throw new SignInRefusedError('no usable name', 'no-name');
        const { credential } = await signIn.withIdentity(identity, name, role);
        cookie.set(request, reply, credential);
        return await reply.redirect('/');
      } catch (error) {
        return refused(request, reply, error);
      }
    },
  );
};

function refused(request: FastifyRequest, reply: FastifyReply, error: unknown): FastifyReply {
  const why = error instanceof SignInRefusedError ? error.why : 'failed';
  if (why === 'failed') request.log.error({ err: error }, 'sign-in at the OpenID provider failed');
  return reply.redirect(`/#refused=${why}`);
}

function originOf({ headers }: FastifyRequest, publicOrigin: string | undefined): string {
  return publicOrigin ?? new URL(`http://${headers.host ?? '127.0.0.1'}`).origin;
}

function packed(pending: OidcPending): string {
  return Buffer.from(JSON.stringify(pending)).toString('base64url');
}

/** Throws where the browser kept nothing, or something else. */
function unpacked(text: string | undefined): OidcPending {
  return OidcPending.parse(JSON.parse(Buffer.from(text ?? '', 'base64url').toString('utf8') || 'null'));
}

import type { FastifyReply, FastifyRequest } from 'fastify';

/** Longer than any session: the server alone says when one ends. */
const MAX_AGE_SECONDS = 7 * 24 * 60 * 60;

/**
 * The session's cookie: out of reach of scripts, never sent along from another site. Over https it is bound to this very host; over
 * http its name has the port, because browsers share cookies between all ports of a machine.
 */
export class SessionCookie {
  constructor(private readonly secure: boolean) {}

  read(request: FastifyRequest): string | undefined {
    return request.cookies[this.nameFor(request)] || undefined;
  }

  set(request: FastifyRequest, reply: FastifyReply, credential: string): void {
    reply.setCookie(this.nameFor(request), credential, { ...this.attributes(), maxAge: MAX_AGE_SECONDS });
  }

  clear(request: FastifyRequest, reply: FastifyReply): void {
    reply.clearCookie(this.nameFor(request), this.attributes());
  }

  private attributes() {
    return { path: '/', httpOnly: true, sameSite: 'strict', secure: this.secure } as const;
  }

  private nameFor({ headers }: FastifyRequest): string {
    if (this.secure) return '__Host-spindle-session';
    return `spindle-session-${/:(\d+)$/.exec(headers.host ?? '')?.[1] ?? '80'}`;
  }
}

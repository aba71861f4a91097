import { PassThrough } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { SignIn } from '../../client/sign-in.ts';
import { DatasetName } from '../../core/ids.ts';
import type { ChangeWatch } from '../change-watch.ts';
import { presentedBy, whose } from '../guard.ts';
import { ProblemError } from '../problem.ts';
import type { SessionCookie } from '../session-cookie.ts';

/** Something passes at least so often: proxies cut silent connections, and an ended session is noticed. */
const BEAT_MS = 15_000;
const RETRY_MS = 3_000;
const MOST_STREAMS = 500;
const MOST_OF_ONE = 12;

export interface EventDeps {
  watch: ChangeWatch;
  signIn: SignIn;
  cookie: SessionCookie;
  /** Milliseconds between two beats; 15 s when left out. */
  beatMs?: number;
}

/** `GET /api/datasets/:dataset/events`: tells that something has changed, not what: whoever may see it asks. */
export const eventRoutes: FastifyPluginAsyncZod<EventDeps> = async (api, { watch, signIn, cookie, beatMs }) => {
  const open = new Map<PassThrough, string>();
  api.addHook('preClose', async () => {
    for (const stream of open.keys()) stream.end();
  });
  api.get(
    '/datasets/:dataset/events',
    {
      schema: {
        summary:
          'Server-sent events: `tasks` when the work list has changed, `board` when the campaign or round has, `comments` when somebody has commented on a task',
        params: z.object({ dataset: DatasetName }),
        produces: ['text/event-stream'],
      },
    },
    (request, reply) => {
      const owner = request.principal?.name ?? '';
      const own = [...open.values()].filter((name) => name === owner && name !== '').length;
      if (open.size >= MOST_STREAMS || own >= MOST_OF_ONE) {
        throw new ProblemError(503, 'busy', 'Busy', 'There are too many open streams of events.');
      }
      const stream = new PassThrough();
      open.set(stream, owner);
      stream.write(`retry: ${RETRY_MS}\n\n`);
      const say = (event: string) => stream.write(`event: ${event}\ndata: ${request.params.dataset}\n\n`);
      const unsubscribe = watch.subscribe(request.params.dataset, say);
      const presented = presentedBy(request, cookie);
      const beat = setInterval(() => {
        stream.write(': still here\n\n');
        whose(presented, signIn).then(
          (principal) => principal ?? (say('signed-out'), stream.end()),
          () => undefined, // an outage is no sign-out
        );
      }, beatMs ?? BEAT_MS);
      stream.on('close', () => {
        clearInterval(beat);
        unsubscribe();
        open.delete(stream);
      });
      return reply.type('text/event-stream').header('x-accel-buffering', 'no').send(stream);
    },
  );
};

import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { AuditLog } from '../adapters/accounts/audit-log.ts';
import type { ScryptCost } from '../adapters/accounts/password.ts';
import type { RecordBucket } from '../adapters/accounts/records.ts';
import { SignIn } from '../client/sign-in.ts';
import type { TaskService } from '../client/tasks.ts';
import { hostCheck, LOOPBACK_HOSTS } from './access.ts';
import type { CampaignReader } from './campaign-reader.ts';
import { cutConnectionsOnClose } from './close-connections.ts';
import { installGuard } from './guard.ts';
import { installLimits, LIMITS, type Limits } from './limits.ts';
import { installProblems } from './problem.ts';
import { refuseUnlistedRoutes } from './route-access.ts';
import { companionRoutes } from './routes/companions.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { fillRoute } from './routes/fill.ts';
import { healthRoute } from './routes/health.ts';
import { sessionRoutes } from './routes/session.ts';
import { structureRoute } from './routes/structures.ts';
import { taskRoutes } from './routes/tasks.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { installSecurityHeaders } from './security-headers.ts';
import { SessionCookie } from './session-cookie.ts';

export interface WebServerOptions {
  tasks: TaskService;
  campaigns: CampaignReader;
  /** The installation's access token: for programs, and for the one person of a local installation. */
  token: string;
  /** Where accounts, sessions and the audit log are: the bucket. */
  records: RecordBucket;
  /** Where people look at the workflows; null: no such link. */
  temporalUiUrl: string | null;
  /** The built page (`buildPage`), served at `/`. */
  pageDir: string;
  /** Where people reach the page through a proxy, e.g. `https://spindle.example.org`; loopback when left out. */
  publicOrigin?: string;
  limits?: Partial<Limits>;
  /** What it costs to check a password where there is none. */
  passwordCost?: ScryptCost;
  /** Logs requests that failed inside, as JSON lines on stdout. Off by default. */
  logErrors?: boolean;
  /** How long requests may still take once the server closes; 3 s when left out. */
  closeGraceMs?: number;
}

const JSON_LIMIT_BYTES = 64 * 1024;
const CLOSE_GRACE_MS = 3000;

/**
 * Makes the HTTP server of the task API and the review page; the caller listens and closes. docs/api.md describes the API,
 * `GET /api/openapi.json` gives it to machines.
 */
export function createWebServer(options: WebServerOptions): FastifyInstance {
  const { publicOrigin } = options;
  const server = fastify({
    logger: options.logErrors ? { level: 'error' } : false,
    bodyLimit: JSON_LIMIT_BYTES,
    // Behind a proxy on this machine, which alone knows where requests come from.
    trustProxy: publicOrigin === undefined ? false : 'loopback',
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  installSecurityHeaders(server, publicOrigin?.startsWith('https:') ?? false);
  server.addHook(
    'onRequest',
    hostCheck([...LOOPBACK_HOSTS, ...(publicOrigin ? [new URL(publicOrigin).hostname] : [])]),
  );
  installProblems(server);
  cutConnectionsOnClose(server, options.closeGraceMs ?? CLOSE_GRACE_MS);
  refuseUnlistedRoutes(server);
  server.register(fastifyCookie);
  const limits = installLimits(server, { ...LIMITS, ...options.limits });
  const cookie = new SessionCookie(publicOrigin?.startsWith('https:') ?? false);
  const audit = new AuditLog(options.records);
  const signIn = new SignIn({
    bucket: options.records,
    audit,
    accessToken: options.token,
    ...(options.passwordCost && { cost: options.passwordCost }),
  });
  // After the cookies are parsed.
  server.after(() => installGuard(server, { signIn, cookie, limits }));

  server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Spindle', description: 'Review tasks and campaigns of a Spindle installation.', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  server.register(
    async (api) => {
      api.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      });
      api.register(healthRoute);
      api.register(sessionRoutes, { signIn, cookie, limits, ways: ['password'] });
      api.register(taskRoutes, { tasks: options.tasks });
      api.register(volumeRoutes, { tasks: options.tasks });
      api.register(companionRoutes, { tasks: options.tasks });
      api.register(fillRoute, { tasks: options.tasks });
      api.register(structureRoute);
      api.register(datasetRoutes, { campaigns: options.campaigns, temporalUiUrl: options.temporalUiUrl });
      api.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
    },
    { prefix: '/api' },
  );
  server.register(fastifyStatic, { root: options.pageDir, cacheControl: false, index: ['index.html'] });
  return server;
}

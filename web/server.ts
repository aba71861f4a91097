import fastifyCookie from '@fastify/cookie';
import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { AuditLog } from '../adapters/accounts/audit-log.ts';
import type { ScryptCost } from '../adapters/accounts/password.ts';
import type { RecordBucket } from '../adapters/accounts/records.ts';
import { Drafts } from '../adapters/drafts.ts';
import { OidcProvider, type OidcConfiguration } from '../adapters/oidc.ts';
import { Assignees } from '../client/assignees.ts';
import { SignIn } from '../client/sign-in.ts';
import { TaskLog } from '../client/task-log.ts';
import type { TaskService } from '../client/tasks.ts';
import { hostCheck, LOOPBACK_HOSTS } from './access.ts';
import type { CampaignReader } from './campaign-reader.ts';
import { NO_ERRATA, type ErrataDesk } from './errata-desk.ts';
import { ChangeWatch } from './change-watch.ts';
import { cutConnectionsOnClose } from './close-connections.ts';
import { installGuard } from './guard.ts';
import { installLimits, LIMITS, type Limiters, type Limits } from './limits.ts';
import { installProblems } from './problem.ts';
import { refuseUnlistedRoutes } from './route-access.ts';
import { auditRoute } from './routes/audit.ts';
import { candidateRoute } from './routes/candidates.ts';
import { companionRoutes } from './routes/companions.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { draftRoutes } from './routes/drafts.ts';
import { errataRoutes } from './routes/errata.ts';
import { eventRoutes } from './routes/events.ts';
import { fillRoute } from './routes/fill.ts';
import { healthRoute } from './routes/health.ts';
import { moveRoutes } from './routes/moves.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { sessionRoutes } from './routes/session.ts';
import { structureRoute } from './routes/structures.ts';
import { taskRoutes } from './routes/tasks.ts';
import { thumbnailRoute } from './routes/thumbnails.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { installSecurityHeaders } from './security-headers.ts';
import { SessionCookie } from './session-cookie.ts';
import { keepSecretReads } from './sight.ts';

export interface WebServerOptions {
  tasks: TaskService;
  campaigns: CampaignReader;
  /** Where reports of errors are taken; nowhere when left out. */
  errata?: ErrataDesk;
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
  /** Where people of an organisation sign in; accounts with passwords work beside it. */
  oidc?: OidcConfiguration;
  limits?: Partial<Limits>;
  /** The pause between two looks for changes; 2 s when left out. */
  watchEveryMs?: number;
  /** How often a stream of events gives a sign of life; 15 s when left out. */
  beatMs?: number;
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
  const { publicOrigin, records } = options;
  const https = publicOrigin?.startsWith('https:') ?? false;
  const server = fastify({
    logger: options.logErrors ? { level: 'error' } : false,
    bodyLimit: JSON_LIMIT_BYTES,
    // Behind a proxy on this machine, which alone knows where requests come from.
    trustProxy: publicOrigin === undefined ? false : 'loopback',
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  installSecurityHeaders(server, https);
  const ownHost = publicOrigin === undefined ? [] : [new URL(publicOrigin).hostname];
  server.addHook('onRequest', hostCheck([...LOOPBACK_HOSTS, ...ownHost]));
  installProblems(server);
  cutConnectionsOnClose(server, options.closeGraceMs ?? CLOSE_GRACE_MS);
  refuseUnlistedRoutes(server);

  server.register(fastifyCookie);
  const cookie = new SessionCookie(https);
  const limits = installLimits(server, { ...LIMITS, ...options.limits });
  const audit = new AuditLog(records);
  const cost = options.passwordCost;
  const signIn = new SignIn({ bucket: records, audit, accessToken: options.token, ...(cost && { cost }) });
  // After the cookies are parsed.
  server.after(() => installGuard(server, { signIn, cookie, limits }));
  installOpenApi(server);
  server.register(async (api) => registerApi(api, options, { signIn, cookie, limits, audit }), { prefix: '/api' });
  server.register(fastifyStatic, { root: options.pageDir, cacheControl: false, index: ['index.html'] });
  return server;
}

interface Door {
  signIn: SignIn;
  cookie: SessionCookie;
  limits: Limiters;
  audit: AuditLog;
}

function registerApi(api: FastifyInstance, options: WebServerOptions, { signIn, cookie, limits, audit }: Door): void {
  const { tasks, campaigns, errata: desk = NO_ERRATA, records, watchEveryMs, beatMs } = options;
  api.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
  keepSecretReads(api, tasks);
  const drafts = new Drafts(records);
  const log = new TaskLog(audit);
  const watch = new ChangeWatch({ tasks, campaigns, ...(watchEveryMs !== undefined && { everyMs: watchEveryMs }) });
  api.register(healthRoute);
  const provider = options.oidc ? new OidcProvider(options.oidc) : null;
  api.register(sessionRoutes, { signIn, cookie, limits, ways: provider ? ['password', 'oidc'] : ['password'] });
  const publicOrigin = options.publicOrigin === undefined ? {} : { publicOrigin: options.publicOrigin };
  api.register(oidcRoutes, { provider, signIn, cookie, limits, ...publicOrigin });
  api.register(taskRoutes, { tasks, drafts, log, watch, records });
  api.register(moveRoutes, { tasks, log, watch, assignees: new Assignees(records) });
  api.register(draftRoutes, { tasks, drafts });
  api.register(volumeRoutes, { tasks });
  api.register(companionRoutes, { tasks });
  api.register(candidateRoute, { tasks });
  api.register(thumbnailRoute, { tasks });
  api.register(fillRoute, { tasks });
  api.register(structureRoute);
  api.register(datasetRoutes, { campaigns, temporalUiUrl: options.temporalUiUrl });
  api.register(errataRoutes, { desk, campaigns, audit, signIn, cookie, limits });
  api.register(eventRoutes, { watch, signIn, cookie, ...(beatMs !== undefined && { beatMs }) });
  api.register(auditRoute, { audit, tasks });
  api.get('/openapi.json', { schema: { hide: true } }, () => api.swagger());
}

function installOpenApi(server: FastifyInstance): void {
  server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Spindle', description: 'Review tasks and campaigns of a Spindle installation.', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
}

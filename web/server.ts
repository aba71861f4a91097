import fastifyStatic from '@fastify/static';
import fastifySwagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { TaskService } from '../client/tasks.ts';
import { hostCheck, LOOPBACK_HOSTS, tokenCheck } from './access.ts';
import type { CampaignReader } from './campaign-reader.ts';
import { cutConnectionsOnClose } from './close-connections.ts';
import { installProblems } from './problem.ts';
import { companionRoutes } from './routes/companions.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { fillRoute } from './routes/fill.ts';
import { healthRoute } from './routes/health.ts';
import { taskRoutes } from './routes/tasks.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { installSecurityHeaders } from './security-headers.ts';

export interface WebServerOptions {
  tasks: TaskService;
  campaigns: CampaignReader;
  /** What callers prove themselves with: `authorization: Bearer <token>`. */
  token: string;
  /** Where people look at the workflows; null: no such link. */
  temporalUiUrl: string | null;
  /** The built page (`buildPage`), served at `/`. */
  pageDir: string;
  /** Host names the server answers to; the loopback names when left out. */
  allowedHosts?: readonly string[];
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
  const server = fastify({ logger: options.logErrors ? { level: 'error' } : false, bodyLimit: JSON_LIMIT_BYTES });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  installSecurityHeaders(server);
  server.addHook('onRequest', hostCheck(options.allowedHosts ?? LOOPBACK_HOSTS));
  installProblems(server);
  cutConnectionsOnClose(server, options.closeGraceMs ?? CLOSE_GRACE_MS);

  server.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Spindle', description: 'Review tasks and campaigns of a Spindle installation.', version: '1' },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
  });
  server.register(healthRoute, { prefix: '/api' });
  server.register(
    async (api) => {
      api.addHook('onRequest', tokenCheck(options.token));
      api.addHook('onSend', async (_request, reply) => {
        if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      });
      api.register(taskRoutes, { tasks: options.tasks });
      api.register(volumeRoutes, { tasks: options.tasks });
      api.register(companionRoutes, { tasks: options.tasks });
      api.register(fillRoute, { tasks: options.tasks });
      api.register(datasetRoutes, { campaigns: options.campaigns, temporalUiUrl: options.temporalUiUrl });
      api.get('/openapi.json', { schema: { hide: true } }, () => server.swagger());
    },
    { prefix: '/api' },
  );
  server.register(fastifyStatic, { root: options.pageDir, cacheControl: false, index: ['index.html'] });
  return server;
}

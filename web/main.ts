import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { readConfiguration } from '../adapters/configuration.ts';
import { openProbedStore } from '../adapters/open-store.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { ReviewRecords } from '../adapters/review-records.ts';
import { connectTemporal } from '../adapters/temporal-connection.ts';
import { createCampaignService } from '../client/campaigns.ts';
import { createErrataDesk } from '../client/errata/desk.ts';
import { withTaskIndex } from '../client/task-index.ts';
import { createTaskService } from '../client/temporal-tasks.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { announceReady } from '../infra/local/ready.ts';
import { buildPage } from './build-page.ts';
import type { ReviewFindings } from './campaign-reader.ts';
import { createWebServer } from './server.ts';

/** The HTTP API and the review page, on loopback. On SIGTERM or SIGINT it takes no more requests and ends when those under way are answered. */
try {
  await serve();
} catch (error) {
  console.error(`web: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = 1;
}

async function serve(): Promise<void> {
  const { apiToken: token, webPort: port, home, s3, temporalUiUrl, webOrigin, oidc } = readConfiguration(process.env);
  if (token === undefined) throw unset('SPINDLE_API_TOKEN', 'the token that callers present');
  if (port === undefined) throw unset('SPINDLE_WEB_PORT', 'the port to listen on');
  const [store, pageDir] = await Promise.all([openProbedStore(s3), buildPage(join(home, 'page'))]);
  const { client, connection } = await connectTemporal(process.env);
  const tasks = withTaskIndex(createTaskService({ client, store }));
  const server = createWebServer({
    tasks,
    campaigns: { ...createCampaignService({ client, store }), findings: (dataset) => findingsOf(store, dataset) },
    errata: createErrataDesk({ client, store }),
    token,
    records: store.bucket,
    ...(oidc && { oidc }),
    ...(webOrigin !== undefined && { publicOrigin: webOrigin }),
    temporalUiUrl: temporalUiUrl ?? null,
    pageDir,
    logErrors: true,
  });
  const asked = askedToEnd();
  await server.listen({ host: '127.0.0.1', port });
  console.log(`web: listening on ${addressOf(server)}`);
  announceReady(home, 'web');
  // Ten thousand tasks take Temporal some seconds: before the first person asks.
  tasks.list({}).catch(() => undefined);
  await asked;
  await server.close();
  await connection.close();
  store.close();
}

async function findingsOf(store: ObjectStore, dataset: string): Promise<ReviewFindings> {
  const records = new ReviewRecords(store, dataset);
  const [controls, audits] = await Promise.all([records.controls(), records.audits()]);
  return { controls, audits };
}

/** Resolves at the first signal; a second one ends the process at once. */
function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.removeListener(signal, end);
      resolve();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
  });
}

function addressOf(server: FastifyInstance): string {
  const { address, port } = server.server.address() as AddressInfo;
  return `http://${address}:${port}`;
}

function unset(variable: string, expected: string): InvalidInputError {
  return new InvalidInputError('environment', variable, expected, 'none');
}

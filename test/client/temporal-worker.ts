import { join } from 'node:path';
import { DefaultLogger, Runtime, Worker, type NativeConnection } from '@temporalio/worker';
import type { Client } from '@temporalio/client';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { readConfiguration } from '../../adapters/configuration.ts';
import { connectTemporal, nativeConnection, type TemporalConnection } from '../../adapters/temporal-connection.ts';
import { localEnvironment } from '../../infra/local/environment.ts';
import { startServers } from '../../infra/local/servers.ts';
import { BUNDLER_OPTIONS } from '../../workers/workflow-code.ts';
import { cleanEnvironment, temporaryHome } from '../infra/local-home.ts';

const ROOT = join(import.meta.dirname, '../..');

Runtime.install({ logger: new DefaultLogger('ERROR') });

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

export interface Running {
  client: Client;
  store: ObjectStore;
  env: NodeJS.ProcessEnv;
  /** Starts a worker in this process; `workflows` is a file of the repository, null for activities alone. */
  work(taskQueue: string, workflows: string | null, activities?: Activities): Promise<void>;
  stop(): Promise<void>;
}

/** Real servers in a temporary home, with a client of each. */
export async function startTemporalAndStore(): Promise<Running> {
  const { home, remove } = temporaryHome();
  await startServers(home, cleanEnvironment);
  const env = localEnvironment(home, cleanEnvironment);
  const temporal: TemporalConnection = await connectTemporal(env);
  const native: { connection: NativeConnection; namespace: string } = await nativeConnection(env);
  const store = openObjectStore(readConfiguration(env).s3);
  const workers: { worker: Worker; run: Promise<void> }[] = [];
  return {
    client: temporal.client,
    store,
    env,
    async work(taskQueue, workflows, activities = {}) {
      const worker = await Worker.create({
        ...native,
        taskQueue,
        activities,
        ...(workflows === null ? {} : { workflowsPath: join(ROOT, workflows), bundlerOptions: BUNDLER_OPTIONS }),
      });
      workers.push({ worker, run: worker.run() });
    },
    async stop() {
      for (const { worker } of workers) worker.shutdown();
      await Promise.all(workers.map(({ run }) => run));
      await native.connection.close();
      await temporal.connection.close();
      store.close();
      await remove();
    },
  };
}

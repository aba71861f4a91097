import { DefaultLogger, Runtime, Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { readConfiguration, type Configuration } from '../adapters/configuration.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { openProbedStore } from '../adapters/open-store.ts';
import { nativeConnection } from '../adapters/temporal-connection.ts';
import { announceReady } from '../infra/local/ready.ts';

/** What a worker's main is given to build its part of the options from. */
export interface WorkerParts {
  configuration: Configuration;
  store: ObjectStore;
}

/** How long activities may go on after a worker was asked to end, before they are cancelled. */
const SHUTDOWN_GRACE = '2s';
/** How long they then have: a trainer saves a checkpoint within 30 s. */
const SHUTDOWN_FORCE = '40s';

/**
 * Runs the worker of one task queue until it is asked to end (SIGTERM or SIGINT), then lets activities finish or hand back. The
 * process exits 1 when it can't start or breaks.
 */
export async function runWorker(
  name: string,
  options: (parts: WorkerParts) => Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions>,
): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('INFO'), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  let connection: NativeConnection | undefined;
  try {
    const configuration = readConfiguration(process.env);
    const store = await openProbedStore(configuration.s3);
    const opened = await nativeConnection(process.env);
    connection = opened.connection;
    const worker = await Worker.create({
      connection,
      namespace: opened.namespace,
      shutdownGraceTime: SHUTDOWN_GRACE,
      shutdownForceTime: SHUTDOWN_FORCE,
      ...options({ configuration, store }),
    });
    const running = worker.run();
    announceReady(configuration.home, name);
    await running;
    store.close();
  } catch (error) {
    console.error(`worker ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    process.exitCode = 1;
  } finally {
    await connection?.close();
  }
}

import type { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { connectTemporal, nativeConnection } from '../../adapters/temporal-connection.ts';
import { startServers, stopServers } from '../../infra/local/servers.ts';
import { localEnvironment } from '../../infra/local/environment.ts';
import { cleanEnvironment, temporaryHome } from '../infra/local-home.ts';

/** A real Temporal dev server with a database of its own. */
export interface RunningTemporal {
  client: Client;
  native: NativeConnection;
  namespace: string;
  /** Stops the server, as `spindle down` does, or starts it again on the same data. */
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  remove(): Promise<void>;
}

// The test brings its own S3; naming one keeps the local S3 server out of it.
const ENVIRONMENT = { ...cleanEnvironment, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };

export async function startTemporal(): Promise<RunningTemporal> {
  const { home, remove } = temporaryHome();
  const startServer = async () => void (await startServers(home, ENVIRONMENT, ['temporal']));
  await startServer();
  const env = localEnvironment(home, ENVIRONMENT);
  const { connection, client, namespace } = await connectTemporal(env);
  const { connection: native } = await nativeConnection(env);
  return {
    client,
    native,
    namespace,
    startServer,
    stopServer: async () => void (await stopServers(home)),
    async remove() {
      await connection.close();
      await native.close();
      await remove();
    },
  };
}

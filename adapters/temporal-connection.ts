import { existsSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { NativeConnection } from '@temporalio/worker';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { Environment } from './configuration.ts';

export interface TemporalConnection {
  connection: Connection;
  client: Client;
  namespace: string;
}

/** No Temporal answers at the configured address, or it turns the caller away. */
export class TemporalUnreachableError extends Error {
  override readonly name = 'TemporalUnreachableError';
}

/**
 * Connects a client to the Temporal that the environment or its configuration file names (address, namespace, TLS, API key: the
 * standard TEMPORAL_* variables). The caller closes `connection`. Throws InvalidInputError for settings that can't be used,
 * TemporalUnreachableError when nobody answers within 10 s.
 */
export async function connectTemporal(env: Environment): Promise<TemporalConnection> {
  const { namespace, address, options } = settings(env);
  const connection = await naming(address, () => Connection.connect(options));
  return { connection, client: new Client({ connection, namespace }), namespace };
}

/** The same for workers: the caller hands `connection` and `namespace` to Worker.create, and closes the connection at the end. */
export async function nativeConnection(env: Environment): Promise<{ connection: NativeConnection; namespace: string }> {
  const { namespace, address, options } = settings(env);
  // Loaded here: it is native code that the command line needn't wait for.
  const { NativeConnection } = await import('@temporalio/worker');
  return { connection: await naming(address, () => NativeConnection.connect(options)), namespace };
}

function settings(env: Environment) {
  const set = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const { TEMPORAL_CONFIG_FILE: file } = Object.fromEntries(set) as Record<string, string | undefined>;
  // The library takes a missing file for an empty one, and would go to localhost.
  if (file && !existsSync(file)) {
    throw new InvalidInputError('environment', 'TEMPORAL_CONFIG_FILE', 'a file that exists', `"${file}"`);
  }
  try {
    const loaded = loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
    const address = loaded.connectionOptions.address ?? 'localhost:7233';
    const { apiKey, tls, metadata } = loaded.connectionOptions;
    const options = {
      address,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(tls === undefined ? {} : { tls }),
      ...(metadata === undefined ? {} : { metadata }),
    };
    return { namespace: loaded.namespace ?? 'default', address, options };
  } catch (error) {
    throw new InvalidInputError('environment', 'TEMPORAL_*', 'usable connection settings', (error as Error).message);
  }
}

async function naming<T>(address: string, connect: () => Promise<T>): Promise<T> {
  try {
    return await connect();
  } catch (error) {
    throw new TemporalUnreachableError(`no Temporal answers at ${address}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

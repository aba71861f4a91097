import { withHomeLock } from './lock.ts';
import { localPaths, type LocalPaths } from './paths.ts';
import { LOOPBACK } from './ports.ts';
import { isRunning, stopProcess } from './process.ts';
import { startS3 } from './s3-server.ts';
import { readState, updateState } from './state.ts';
import { startTemporal } from './temporal-server.ts';

/** In the order they start. */
export const SERVER_NAMES = ['s3', 'temporal'] as const;
export type ServerName = (typeof SERVER_NAMES)[number];

export interface ServerStatus {
  name: ServerName;
  running: boolean;
  pid: number | null;
  /** Address as clients take it: `host:port` for Temporal, a URL for S3; null before the first start. */
  address: string | null;
  /** Temporal's web page. */
  page: string | null;
}

const START = { s3: startS3, temporal: startTemporal } satisfies Record<ServerName, unknown>;

// Temporal's dev server finishes writing within two seconds of being asked to stop.
const STOP_GRACE_MS = 15_000;

/**
 * Starts the local servers that don't run, and waits until they answer; those that do are left alone. Data and ports are those of
 * the last time. Throws MissingToolError, StartFailedError.
 */
export async function startServers(
  home: string,
  env: NodeJS.ProcessEnv,
  names: readonly ServerName[] = SERVER_NAMES,
): Promise<ServerStatus[]> {
  const paths = localPaths(home);
  await withHomeLock(paths, async () => {
    for (const name of names) {
      if (!isRunning(readState(paths).processes[name])) await START[name](paths, env);
    }
  });
  return serverStatus(home);
}

/** Stops the local servers and gives the names of those that ran. Their data stays. */
export async function stopServers(home: string): Promise<ServerName[]> {
  const paths = localPaths(home);
  return withHomeLock(paths, async () => {
    const stopped: ServerName[] = [];
    for (const name of [...SERVER_NAMES].reverse()) {
      if (await stopProcess(readState(paths).processes[name], STOP_GRACE_MS)) stopped.push(name);
      updateState(paths, (state) => void delete state.processes[name]);
    }
    return stopped;
  });
}

/** Tells which local servers run, and where. */
export function serverStatus(home: string): ServerStatus[] {
  const paths = localPaths(home);
  return SERVER_NAMES.map((name) => statusOf(paths, name));
}

function statusOf(paths: LocalPaths, name: ServerName): ServerStatus {
  const { ports, processes } = readState(paths);
  const record = processes[name];
  const running = isRunning(record);
  const at = (port: number | undefined, scheme: string) => (port === undefined ? null : `${scheme}${LOOPBACK}:${port}`);
  return {
    name,
    running,
    pid: running ? record.pid : null,
    address: name === 's3' ? at(ports.s3, 'http://') : at(ports.temporal, ''),
    page: name === 'temporal' ? at(ports.temporalUi, 'http://') : null,
  };
}

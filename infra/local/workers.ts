import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startInBackground } from './background.ts';
import { localEnvironment } from './environment.ts';
import { withHomeLock } from './lock.ts';
import { localPaths, repositoryRoot, type LocalPaths } from './paths.ts';
import { keptPort, LOOPBACK } from './ports.ts';
import { isRunning, stopProcess } from './process.ts';
import { isReady } from './ready.ts';
import { readState, updateState } from './state.ts';

/** One process per task queue, and the HTTP API with its pages. */
export const WORKER_NAMES = ['orchestrate', 'imaging', 'inference', 'train-gpu', 'web'] as const;
export type WorkerName = (typeof WORKER_NAMES)[number];

export interface WorkerStatus {
  name: WorkerName;
  running: boolean;
  pid: number | null;
  /** Where the web process listens; null for the others. */
  page: string | null;
}

// A worker on busy cores takes a while to load its code; the trainer's Python may take as long to write a checkpoint.
const READY_WITHIN_MS = 180_000;
const STOP_GRACE_MS = 45_000;

/** The TypeScript main of a worker. */
export function workerMain(name: WorkerName): string {
  return join(repositoryRoot, name === 'web' ? 'web/main.ts' : `workers/${name}.ts`);
}

/**
 * Starts the worker processes that don't run, against the servers that `env` names or the local ones, and waits until each says
 * that it is ready. Throws ServersDownError, StartFailedError.
 */
export async function startWorkers(
  home: string,
  env: NodeJS.ProcessEnv,
  names: readonly WorkerName[] = WORKER_NAMES,
  mainOf: (name: WorkerName) => string = workerMain,
): Promise<WorkerStatus[]> {
  const paths = localPaths(home);
  await withHomeLock(paths, async () => {
    const missing = names.filter((name) => !isRunning(readState(paths).processes[name]));
    if (missing.includes('web')) await keptPort(paths, 'web');
    const workerEnv = localEnvironment(home, env);
    const results = await Promise.allSettled(missing.map((name) => startWorker(paths, name, workerEnv, mainOf(name))));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  });
  return workerStatus(home);
}

/** Asks the workers to end, waits until they have, and gives the names of those that ran. */
export async function stopWorkers(home: string, names: readonly WorkerName[] = WORKER_NAMES): Promise<WorkerName[]> {
  const paths = localPaths(home);
  return withHomeLock(paths, async () => {
    const { processes } = readState(paths);
    const ran = await Promise.all(names.map((name) => stopProcess(processes[name], STOP_GRACE_MS)));
    updateState(paths, (state) => {
      for (const name of names) delete state.processes[name];
    });
    return names.filter((_, index) => ran[index]);
  });
}

/** Tells which workers run. */
export function workerStatus(home: string): WorkerStatus[] {
  const { ports, processes } = readState(localPaths(home));
  return WORKER_NAMES.map((name) => {
    const record = processes[name];
    const running = isRunning(record);
    const page = name === 'web' && ports.web !== undefined ? `http://${LOOPBACK}:${ports.web}` : null;
    return { name, running, pid: running ? record.pid : null, page };
  });
}

async function startWorker(paths: LocalPaths, name: WorkerName, env: NodeJS.ProcessEnv, main: string): Promise<void> {
  rmSync(paths.ready(name), { force: true });
  await startInBackground(paths, {
    name,
    command: process.execPath,
    args: ['--import', 'tsx', main],
    env,
    isReady: ({ pid }) => isReady(paths, name, pid),
    readyWithinMs: READY_WITHIN_MS,
  });
}

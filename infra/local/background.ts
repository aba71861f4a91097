import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartFailedError } from './errors.ts';
import { logTail, openLog } from './log-file.ts';
import { repositoryRoot, type LocalPaths } from './paths.ts';
import { endLeftGroup, isRunning, startTimeOf, stopProcess } from './process.ts';
import { readState, updateState, type ProcessRecord } from './state.ts';

export interface BackgroundProcess {
  /** What it is called in the state file, in its log's name and in messages. */
  name: string;
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  /** Asked again and again until it gives true; may throw while the process isn't ready. */
  isReady: (record: ProcessRecord) => Promise<boolean> | boolean;
  readyWithinMs: number;
}

/**
 * Starts a process that outlives this one, its output in `log/<name>.log`, and waits until it is ready. What an earlier, killed
 * process of the same name left behind is ended first. Throws StartFailedError with the log's last lines when it ends or isn't
 * ready in time; it doesn't run then.
 */
export async function startInBackground(paths: LocalPaths, wanted: BackgroundProcess): Promise<ProcessRecord> {
  const earlier = readState(paths).processes[wanted.name];
  if (earlier) await endLeftGroup(earlier);
  const { descriptor, start } = openLog(paths.log(wanted.name));
  const child = spawn(wanted.command, wanted.args, {
    cwd: repositoryRoot,
    env: wanted.env,
    detached: true,
    stdio: ['ignore', descriptor, descriptor],
  });
  const failedToSpawn = new Promise<never>((_, reject) => child.once('error', reject));
  failedToSpawn.catch(() => undefined);
  closeSync(descriptor);
  child.unref();
  if (child.pid === undefined) return failedToSpawn;
  // A process that is gone already has no start time; the wait below then reports it with its log.
  const record: ProcessRecord = { pid: child.pid, startTime: startTimeOf(child.pid) ?? 'ended' };
  updateState(paths, (state) => void (state.processes[wanted.name] = record));
  const problem = await waitUntilReady(wanted, record);
  if (problem === undefined) return record;
  await stopProcess(record, 2_000);
  const log = paths.log(wanted.name);
  const tail = logTail(log, start) || '(it wrote nothing)';
  throw new StartFailedError(`${wanted.name} ${problem}; the end of ${relative(repositoryRoot, log)}:\n${tail}`);
}

async function waitUntilReady(wanted: BackgroundProcess, record: ProcessRecord): Promise<string | undefined> {
  const deadline = Date.now() + wanted.readyWithinMs;
  for (;;) {
    if (!isRunning(record)) return 'ended while starting';
    try {
      if (await wanted.isReady(record)) return undefined;
    } catch {
      // Not yet: refused connections are what starting looks like.
    }
    if (Date.now() > deadline) return `wasn't ready within ${wanted.readyWithinMs / 1000} s`;
    await sleep(100);
  }
}

import { execFile } from 'node:child_process';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { z } from 'zod';

/**
 * Who trains in a job directory, so that a trainer whose worker was killed doesn't go on beside its successor. The process id
 * alone could be someone else's by now; with the moment it started it can't.
 */
const Lock = z.object({ host: z.string(), pid: z.int().positive(), started: z.string() });

const LOCK = 'trainer.lock';
const POLL_MS = 50;

/**
 * Ends the trainer that an earlier run left in this directory, if it is still there: SIGTERM to its process group (it saves a
 * checkpoint), SIGKILL after `killAfterMs`. A lock that is damaged, of another host or of a process long gone is disregarded.
 */
export async function endOrphan(jobDir: string, killAfterMs: number): Promise<void> {
  const lock = await readLock(jobDir);
  if (lock?.host !== hostname()) return;
  const alive = async (): Promise<boolean> => (await startOf(lock.pid)) === lock.started;
  const deadline = performance.now() + killAfterMs;
  if (!(await alive())) return;
  signalGroup(lock.pid, 'SIGTERM');
  while (await alive()) {
    if (performance.now() > deadline) signalGroup(lock.pid, 'SIGKILL');
    await sleep(POLL_MS);
  }
  // What the leader started and didn't take along.
  signalGroup(lock.pid, 'SIGKILL');
}

/** Writes down that a process, the leader of its group, trains in this directory. */
export async function writeLock(jobDir: string, pid: number): Promise<void> {
  const started = await startOf(pid);
  if (started === undefined) return; // It has ended already.
  const path = join(jobDir, LOCK);
  await writeFile(`${path}.part`, JSON.stringify({ host: hostname(), pid, started }));
  await rename(`${path}.part`, path);
}

export async function removeLock(jobDir: string): Promise<void> {
  await rm(join(jobDir, LOCK), { force: true });
}

/** Signals a whole process group; nothing happens when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function readLock(jobDir: string): Promise<z.infer<typeof Lock> | undefined> {
  try {
    return Lock.safeParse(JSON.parse(await readFile(join(jobDir, LOCK), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** When a process started, as text to compare; `undefined` when there is none (a zombie has ended too). */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    // The name, in brackets, may hold blanks and brackets; state is the 1st field after it, start time the 20th.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields && fields[0] !== 'Z' ? fields[19] : undefined;
  }
  const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  const [, state, started] = /^\s*(\S+)\s+(.+?)\s*$/.exec(stdout) ?? [];
  return state?.startsWith('Z') ? undefined : started;
}

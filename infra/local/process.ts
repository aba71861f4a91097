import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessRecord } from './state.ts';

/**
 * When a process started, as a text that is only compared: the boot and the clock ticks since on Linux, a date elsewhere.
 * Undefined when no such process runs; a zombie, which only waits to be reaped, doesn't.
 */
export function startTimeOf(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxStartTime(pid) : psStartTime(pid);
}

/** Tells whether this very process runs, rather than a later one that was given the same number. */
export function isRunning(record: ProcessRecord | undefined): record is ProcessRecord {
  return record !== undefined && startTimeOf(record.pid) === record.startTime;
}

/**
 * Asks a process to end, waits, and kills it and what it left in its group when it outlasts `graceMs`. True when it ran. A process
 * that isn't the recorded one is left alone.
 */
export async function stopProcess(record: ProcessRecord | undefined, graceMs: number): Promise<boolean> {
  if (!isRunning(record)) {
    if (record) await endLeftGroup(record);
    return false;
  }
  signal(record.pid, 'SIGTERM');
  if (!(await ended(() => !isRunning(record), graceMs))) signal(record.pid, 'SIGKILL');
  await ended(() => !isRunning(record), 10_000);
  await endLeftGroup(record);
  return true;
}

/**
 * Ends what a dead process left running in its group, such as the trainer of a killed worker. The number can't have been given to
 * another process while its group lives, so a group without its leader is ours, unless the machine was started anew meanwhile.
 */
export async function endLeftGroup(record: ProcessRecord): Promise<void> {
  if (!record.startTime.startsWith(bootPrefix())) return;
  if (startTimeOf(record.pid) !== undefined || !groupLives(record.pid)) return;
  signal(-record.pid, 'SIGTERM');
  if (!(await ended(() => !groupLives(record.pid), 5_000))) signal(-record.pid, 'SIGKILL');
}

async function ended(hasEnded: () => boolean, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (!hasEnded()) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
}

function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function signal(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function linuxStartTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The second field is the program's name in parentheses and may hold spaces: what follows the last one is regular.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return isOver(pid, state) ? undefined : `${bootPrefix()}${fields[19]}`;
}

/** A killed process shows as a zombie while its other threads still hold ports and files: it is over when they are gone too. */
function isOver(pid: number, state: string | undefined): boolean {
  if (state !== 'Z' && state !== 'X') return false;
  try {
    return readdirSync(`/proc/${pid}/task`).length <= 1;
  } catch {
    return true;
  }
}

function bootPrefix(): string {
  if (process.platform !== 'linux') return '';
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/`;
}

function psStartTime(pid: number): string | undefined {
  try {
    const [state, ...date] = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .split(/\s+/);
    return !state || state.startsWith('Z') ? undefined : date.join(' ');
  } catch {
    return undefined;
  }
}

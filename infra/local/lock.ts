import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LocalPaths } from './paths.ts';
import { readIfThere } from './private-file.ts';
import { isRunning, startTimeOf } from './process.ts';

const LIMIT_MS = 180_000;

/**
 * Runs `work` while no other process starts or stops servers of this home: two `spindle up` at once must not open one database
 * twice. A lock of a dead process is removed. Throws when another process holds it for more than three minutes.
 */
export async function withHomeLock<T>(paths: LocalPaths, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(paths.lock), { recursive: true, mode: 0o700 });
  const deadline = Date.now() + LIMIT_MS;
  while (!take(paths)) {
    if (Date.now() > deadline) throw new Error(`another process has been starting or stopping servers for too long`);
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(paths.lock, { force: true });
  }
}

function take(paths: LocalPaths): boolean {
  try {
    writeFileSync(paths.lock, `${process.pid} ${startTimeOf(process.pid)}`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!isHeld(paths)) rmSync(paths.lock, { force: true });
    return false;
  }
}

function isHeld(paths: LocalPaths): boolean {
  const [pid, ...startTime] = (readIfThere(paths.lock) ?? '').split(' ');
  // Empty: the holder is between creating the file and writing it.
  return !pid || isRunning({ pid: Number(pid), startTime: startTime.join(' ') });
}

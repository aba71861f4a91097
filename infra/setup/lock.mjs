import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SETUP_FOLDER } from './paths.mjs';

const LOCK = join(SETUP_FOLDER, 'lock');

/**
 * Runs `work` while no other set-up of this clone runs; waits for one that does. A lock left by a dead process is removed.
 * @template T
 * @param {(note: string) => void} onWait
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withSetupLock(onWait, work) {
  mkdirSync(SETUP_FOLDER, { recursive: true });
  for (let waited = false; !take(); waited = true) {
    if (!waited) onWait(`another set-up of this clone is under way (process ${holder()}): waiting for it`);
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function take() {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const pid = holder();
    if (pid !== undefined && !isAlive(pid)) rmSync(LOCK, { force: true });
    return false;
  }
}

function holder() {
  try {
    return Number(readFileSync(LOCK, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

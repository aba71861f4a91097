import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const ROTATE_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 8 * 1024;

/** Opens a log for adding to it; one that has grown large is moved to `<path>.1` first. Gives the descriptor and the length so far. */
export function openLog(path: string): { descriptor: number; start: number } {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path) && statSync(path).size > ROTATE_BYTES) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, 'a', 0o600);
  return { descriptor, start: statSync(path).size };
}

/** The last lines that were added after `start` bytes; an empty text when there are none. */
export function logTail(path: string, start: number, lines = 15): string {
  const size = existsSync(path) ? statSync(path).size : 0;
  const from = Math.max(start, size - TAIL_BYTES);
  if (size <= from) return '';
  const buffer = Buffer.alloc(size - from);
  const descriptor = openSync(path, 'r');
  try {
    readSync(descriptor, buffer, 0, buffer.length, from);
  } finally {
    closeSync(descriptor);
  }
  return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

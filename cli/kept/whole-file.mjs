import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** A file appears whole or not at all, also when the machine stops: a half one would be taken for a program. */
export function writeWhole(path, bytes) {
  const partial = `${path}.${randomUUID()}.part`;
  try {
    const file = openSync(partial, 'wx');
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(partial, path);
  } finally {
    rmSync(partial, { force: true });
  }
}

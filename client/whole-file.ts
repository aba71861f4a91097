import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ConflictError } from './errors.ts';

/** Where a file lies until it is whole: beside its place, so that a rename is enough. */
export function partialOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.part`);
}

/** A file appears under its name whole or not at all, also when the machine stops. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = partialOf(path);
  // What lies there from an interrupted run goes first: were it a link, writing would follow it.
  await rm(partial, { force: true });
  const file = await open(partial, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

/** Makes a folder, and makes sure that it is one and no link that leads elsewhere. Throws ConflictError. */
export async function ownFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  if (!(await lstat(path)).isDirectory()) throw new ConflictError(`${path}: expected a folder, got a link`);
}

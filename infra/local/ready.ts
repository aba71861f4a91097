import { localPaths, type LocalPaths } from './paths.ts';
import { readIfThere, writePrivateFile } from './private-file.ts';

/** Called by a worker's main once it takes work: `spindle up` waits for it. */
export function announceReady(home: string, name: string): void {
  writePrivateFile(localPaths(home).ready(name), `${process.pid}\n`);
}

/** Tells whether the worker of this name that has this process number has announced itself. */
export function isReady(paths: LocalPaths, name: string, pid: number): boolean {
  return Number(readIfThere(paths.ready(name))) === pid;
}

import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';

/** What decides how the program is put together besides its sources: this folder, and which packages are installed. */
export const HOW = ['cli/kept/build.mjs', 'cli/kept/inputs.mjs', 'node_modules/.package-lock.json', 'tsconfig.json'];

/** Younger than so many milliseconds, a file may have been changed again within one tick of its disk's clock. */
const RACY_MS = 2_000;

/**
 * SHA-256 (hexadecimal) of the names and the contents of files, in this order. `paths` are relative to `root`; `contents` holds what
 * of them has been read already. Throws what the file system says.
 * @param {string} root
 * @param {readonly string[]} paths
 * @param {ReadonlyMap<string, Uint8Array>} [contents]
 */
export function contentDigest(root, paths, contents = new Map()) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const bytes = contents.get(path) ?? readFileSync(`${root}/${path}`);
    hash.update(`${path}\n${bytes.length}\n`).update(bytes);
  }
  return hash.digest('hex');
}

/**
 * What tells that a file is still what it was without reading it: size, times of change (the second of which no program can set) and
 * inode. Null for one that changed after `before` (ms since 1970), or just before it: it may change again without this changing.
 * @param {string} path
 * @param {number} [before]
 */
export function fileState(path, before = Infinity) {
  const { size, mtimeMs, ctimeMs, ino } = statSync(path);
  return Math.max(mtimeMs, ctimeMs) > before - RACY_MS ? null : `${size} ${mtimeMs} ${ctimeMs} ${ino}`;
}

/**
 * The digest by which a program is kept that was put together from these inputs, or null when a package has changed.
 * @param {string} root
 * @param {{ sources: readonly string[], packages: { digest: string, states: Record<string, string | null> } }} inputs
 */
export function programDigest(root, { sources, packages }) {
  for (const [path, state] of Object.entries(packages.states)) {
    if (fileState(`${root}/${path}`) !== state) return null;
  }
  return joined(contentDigest(root, sources), packages.digest);
}

export function joined(...digests) {
  return createHash('sha256').update(digests.join(' ')).digest('hex');
}

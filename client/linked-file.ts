import { link, lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../core/ids.ts';
import { fileDigest } from './file-digest.ts';
import { readFolderVersion } from './verify-version.ts';
import { versionFiles } from './version-files.ts';
import { partialOf } from './whole-file.ts';

/** The files that an earlier checkout should have, by what they are; none without one. Throws as `readFolderVersion` does. */
export async function filesToLink(folder: string | null): Promise<ReadonlyMap<Digest, string>> {
  if (folder === null) return new Map();
  const { manifest } = await readFolderVersion(folder);
  return new Map(versionFiles(manifest).map(({ path, stored }) => [stored.digest, join(folder, path)]));
}

/**
 * Gives a file a second name, if it is what its digest says: no bytes are copied. False when there is no such file, when it is
 * another by now, or on another disk; the caller then writes one of its own.
 */
export async function linkWhole(from: string, path: string, digest: Digest): Promise<boolean> {
  const partial = partialOf(path);
  await rm(partial, { force: true });
  try {
    await link(from, partial);
  } catch (error) {
    if (CANNOT.includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  // Looked at under its new name: what the old one leads to may change meanwhile. A link to a link is no file.
  const right = (await lstat(partial)).isFile() && (await fileDigest(partial)).digest === digest;
  if (right) await rename(partial, path);
  else await rm(partial, { force: true });
  return right;
}

/** Nothing there, no link between disks, none on this disk, too many already. */
const CANNOT = ['ENOENT', 'ENOTDIR', 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'];

import { linkSync, rmSync } from 'node:fs';
import { link, lstat, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../core/ids.ts';
import { fileDigest } from './file-digest.ts';
import { KnownFiles } from './known-files.ts';
import { readFolderVersion } from './verify-version.ts';
import { versionFiles } from './version-files.ts';
import { partialOf } from './whole-file.ts';

/** An earlier checkout as a source of links. */
export interface LinkSource {
  folder: string;
  /** Where its files are, below the folder, by what they are. */
  paths: ReadonlyMap<Digest, string>;
  known: KnownFiles;
}

/** The files that an earlier checkout should have. Throws as `readFolderVersion` does. */
export async function linkSource(folder: string, options: { distrusted?: boolean }): Promise<LinkSource> {
  const { manifest } = await readFolderVersion(folder);
  const paths = new Map(versionFiles(manifest).map(({ path, stored }) => [stored.digest, path]));
  return { folder, paths, known: KnownFiles.of(folder, options) };
}

/**
 * Gives a file of an earlier checkout a second name in a folder, if it is what its digest says: no bytes are copied. One that is known
 * there isn't read again. False when there is no such file, when it is another by now, or on another disk; the caller then writes one
 * of its own.
 */
export async function linkWhole(
  { folder, paths, known }: LinkSource,
  into: { folder: string; path: string; known: KnownFiles },
  digest: Digest,
): Promise<boolean> {
  const source = paths.get(digest);
  if (source === undefined) return false;
  const [from, path] = [join(folder, source), join(into.folder, into.path)];
  const before = known.content(source);
  const linked = known.known(source) === digest ? linkKnown(before, from, into) : null;
  if (linked === false || !(linked ?? (await linkRead(from, path, digest)))) return false;
  // A link changes the inode's own time, under both names. One that was changed meanwhile isn't known.
  if (before === null || into.known.content(into.path) !== before) return true;
  known.note(source, digest);
  into.known.note(into.path, digest);
  return true;
}

/** Links a known file straight to its place; null when something lies there, or when it changed just now. */
function linkKnown(
  state: string | null,
  from: string,
  { folder, path, known }: { folder: string; path: string; known: KnownFiles },
): boolean | null {
  const to = join(folder, path);
  try {
    linkSync(from, to);
  } catch (error) {
    return cannotLink(error) ? false : null;
  }
  if (state !== null && known.content(path) === state) return true;
  rmSync(to, { force: true });
  return null;
}

async function linkRead(from: string, path: string, digest: Digest): Promise<boolean> {
  const partial = partialOf(path);
  await rm(partial, { force: true });
  try {
    await link(from, partial);
  } catch (error) {
    if (cannotLink(error)) return false;
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

function cannotLink(error: unknown): boolean {
  return CANNOT.includes((error as NodeJS.ErrnoException).code ?? '');
}

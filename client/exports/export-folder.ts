import { appendFile, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { sha256 } from '../../adapters/volume.ts';
import type { Digest } from '../../core/ids.ts';
import { compareText } from '../../core/mixed-hash.ts';
import { concurrently } from '../concurrently.ts';
import { ConflictError } from '../errors.ts';
import { fileDigest } from '../file-digest.ts';
import { ownFolder, partialOf, writeWhole } from '../whole-file.ts';
import type { ExportFile } from './export-plan.ts';

/** What an export is of; comes last, so that a folder that has it is whole. */
export const EXPORT_MARK = 'export.json';
/** SHA-256 of every other file, as coreutils' `sha256sum` writes and checks them. */
export const CHECKSUMS = 'checksums.sha256';
const BEGUN = `${EXPORT_MARK}.incomplete`;
/** A line of `CHECKSUMS` for every file that is done. */
const JOURNAL = `${CHECKSUMS}.incomplete`;
const FILES_AT_ONCE = 3;

export interface WrittenFiles {
  /** Files written now, and those that were there already. */
  written: number;
  kept: number;
}

type Digests = ReadonlyMap<string, Digest>;

/**
 * Writes the files of an export and then its mark.
 *   1. A folder may be new, empty, or hold this very export (the same mark), begun or whole. Everything else is refused, and so is
 *      any file, folder or link in it that isn't the export's.
 *   2. A file takes its name when it is whole. Taken up again, what is there and right is kept: files known beforehand by their
 *      digest, others by what the journal says.
 *   3. The same mark and files give the same folder, byte for byte.
 * Nothing is written outside the folder. Throws ConflictError.
 */
export async function writeExport(
  into: string,
  mark: Uint8Array,
  files: readonly ExportFile[],
  onProgress: (done: number, total: number, file: string) => void,
): Promise<WrittenFiles> {
  const folder = resolve(into);
  await refuseForeign(folder, mark, files);
  const before = await doneBefore(folder);
  // From here on it is not whole.
  await rm(join(folder, EXPORT_MARK), { force: true });
  await writeWhole(join(folder, BEGUN), mark);
  await writeWhole(join(folder, JOURNAL), checksumLines(before));
  for (const inner of foldersOf(files)) await ownFolder(join(folder, inner));

  const digests = new Map<string, Digest>();
  const count = { written: 0, kept: 0 };
  let done = 0;
  await concurrently(files, FILES_AT_ONCE, async (file) => {
    const path = join(folder, file.path);
    const there = await keptDigest(path, file, before);
    const digest = there ?? (await written(path, file));
    if (there === null) await appendFile(join(folder, JOURNAL), checksumLines(new Map([[file.path, digest]])));
    else await rm(partialOf(path), { force: true });
    count[there === null ? 'written' : 'kept']++;
    digests.set(file.path, digest);
    onProgress(++done, files.length, file.path);
  });
  digests.set(EXPORT_MARK, sha256(mark));
  await writeWhole(join(folder, CHECKSUMS), checksumLines(digests));
  await rename(join(folder, BEGUN), join(folder, EXPORT_MARK));
  await rm(join(folder, JOURNAL), { force: true });
  return count;
}

async function written(path: string, file: ExportFile): Promise<Digest> {
  const bytes = await file.make();
  await writeWhole(path, bytes);
  return sha256(bytes);
}

/** The digest of a file that is there already and right; null for one that has to be made. */
async function keptDigest(path: string, file: ExportFile, before: Digests): Promise<Digest | null> {
  const right = file.known?.digest ?? before.get(file.path);
  const found = right === undefined ? null : await lstat(path).catch(() => null);
  if (!found?.isFile()) return null;
  const { digest } = await fileDigest(path);
  return digest === right ? digest : null;
}

async function refuseForeign(folder: string, mark: Uint8Array, files: readonly ExportFile[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length === 0) return;
  const found = [EXPORT_MARK, BEGUN].find((name) => names.includes(name));
  if (found === undefined) throw new ConflictError(`${folder}: holds other files: choose another folder`);
  if (!(await readFile(join(folder, found))).equals(mark)) {
    throw new ConflictError(`${folder}: holds another export, see its ${found}: choose another folder`);
  }
  const own = new Set([EXPORT_MARK, BEGUN, CHECKSUMS, JOURNAL, ...files.map(({ path }) => path)]);
  const allowed = new Set([...own, ...[...own].map((path) => partialOf(path))]);
  await refuseUnknown(folder, '', allowed, new Set(foldersOf(files)));
}

async function refuseUnknown(
  folder: string,
  inner: string,
  files: ReadonlySet<string>,
  folders: ReadonlySet<string>,
): Promise<void> {
  for (const entry of await readdir(join(folder, inner), { withFileTypes: true })) {
    const path = inner === '' ? entry.name : `${inner}/${entry.name}`;
    if (entry.isDirectory() && folders.has(path)) await refuseUnknown(folder, path, files, folders);
    else if (!entry.isFile() || !files.has(path)) {
      throw new ConflictError(`${folder}: ${path} is not of this export: take it away, or choose another folder`);
    }
  }
}

/** Every folder below the export's, the outer ones first. */
function foldersOf(files: readonly ExportFile[]): string[] {
  const folders = new Set<string>();
  for (const { path } of files) {
    for (let inner = dirname(path); inner !== '.'; inner = dirname(inner)) folders.add(inner);
  }
  return [...folders].sort(compareText);
}

async function doneBefore(folder: string): Promise<Map<string, Digest>> {
  const done = new Map<string, Digest>();
  for (const name of [CHECKSUMS, JOURNAL]) {
    const text = await readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    // The last line may be torn.
    for (const [, digest, path] of text.matchAll(/^([0-9a-f]{64}) {2}(.+)\n/gm)) done.set(path!, digest!);
  }
  return done;
}

function checksumLines(digests: Digests): Uint8Array {
  const lines = [...digests].sort(([a], [b]) => compareText(a, b)).map(([path, digest]) => `${digest}  ${path}\n`);
  return new TextEncoder().encode(lines.join(''));
}

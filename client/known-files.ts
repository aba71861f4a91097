import { lstatSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../adapters/volume.ts';
import type { Digest, ObjectRef } from '../core/ids.ts';
import { fileDigest } from './file-digest.ts';
import { partialOf } from './whole-file.ts';

/** The file of a checkout in which its known files stand. */
export const KNOWN_FILES = '.known-files';

const HEADING = 'spindle known files 1';
const LINE = /^([0-9a-f]{64}) (\d+ \d+ \d+ \d+ \d+) (.+)$/;
/** Disks note times by the tick, of 10 ms at most on Linux and 16 on Windows, or by the second or two (FAT). */
const TICK_NS = 100_000_000n;
const COARSE_TICK_NS = 2_000_000_000n;
const SECOND_NS = 1_000_000_000n;

/** A regular file as the file system tells of it: its content is the same as long as all of this is. */
interface FileState {
  bytes: number;
  /** Size in bytes, inode, last change of the content in ns since 1970, how many names it has, last change of the inode. */
  text: string;
  /** The first three: what stays the same when it gets another name or loses one. */
  content: string;
  links: number;
  /** From when on another change of it can't look like the last one. */
  settledNs: bigint;
}

interface KnownFile {
  state: string;
  digest: Digest;
}

/**
 * What is known of a folder's files without reading them again, as git's index and DVC's state know it. A file is taken for what it
 * was when
 *   1. its size, its inode and the times of its last change (of content and of inode; no program can set the latter) are what they
 *      were. A link that was made to it or taken away changes the inode's time: then it goes by the others, and
 *   2. its content had last changed a tick of the disk's clock before it was read, and before the index was written: else it may have
 *      been changed again within that tick, which nothing would tell. What Spindle itself has just written it takes as written.
 * The index is `.known-files` in the folder; its last line is the digest of the others. Damaged, it counts as none. Paths are below
 * the folder, with forward slashes.
 */
export class KnownFiles {
  private changed = false;

  private constructor(
    private readonly folder: string,
    private readonly files: Map<string, KnownFile>,
  ) {}

  /** What the folder's index knows; nothing where there is none, or where it is `distrusted`. */
  static of(folder: string, { distrusted = false }: { distrusted?: boolean } = {}): KnownFiles {
    return new KnownFiles(folder, distrusted ? new Map<string, KnownFile>() : readIndex(join(folder, KNOWN_FILES)));
  }

  /** The digest that a file is known to have; null for one that is not known, or has changed since. */
  known(path: string): Digest | null {
    const file = this.files.get(path);
    const state = file && stateOf(join(this.folder, path));
    return state && isSame(file.state, state) ? file.digest : null;
  }

  /** Whether a file is there with this content; read only where it is not known and as long as it should be. */
  async holds(path: string, { digest, bytes }: ObjectRef): Promise<boolean> {
    const state = stateOf(join(this.folder, path));
    return state?.bytes === bytes && (await this.digest(path)) === digest;
  }

  /** The digest of a file, read where it is not known; null where there is no regular file. Throws what the file system says. */
  async digest(path: string): Promise<Digest | null> {
    const known = this.known(path);
    if (known !== null) return known;
    const at = join(this.folder, path);
    const startNs = BigInt(Date.now()) * 1_000_000n;
    const before = stateOf(at);
    if (!before) return null;
    const { digest } = await fileDigest(at);
    if (before.settledNs < startNs && stateOf(at)?.text === before.text) this.put(path, before, digest);
    return digest;
  }

  /** Notes a file that has just been written, or that is known to be another name of a known one. */
  note(path: string, digest: Digest): void {
    const state = stateOf(join(this.folder, path));
    if (state) this.put(path, state, digest);
  }

  /** What stays the same of a file when it gets another name, but not when it is changed; null where there is no regular file. */
  content(path: string): string | null {
    return stateOf(join(this.folder, path))?.content ?? null;
  }

  /** Writes the index, if there is something new. Where that fails, files are read again next time, and that is all. */
  save(): void {
    if (!this.changed) return;
    const lines = [...this.files].map(([path, { state, digest }]) => `${digest} ${state} ${path}\n`);
    const text = `${HEADING}\n${lines.join('')}`;
    const path = join(this.folder, KNOWN_FILES);
    try {
      // What lies there goes first: were it a link, writing would follow it.
      rmSync(partialOf(path), { force: true });
      writeFileSync(partialOf(path), `${text}${sha256(Buffer.from(text))}\n`, { flag: 'wx' });
      renameSync(partialOf(path), path);
      this.changed = false;
    } catch {
      rmSync(partialOf(path), { force: true });
    }
  }

  private put(path: string, { text }: FileState, digest: Digest): void {
    this.files.set(path, { state: text, digest });
    this.changed = true;
  }
}

function stateOf(path: string): FileState | null {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (!found?.isFile()) return null;
  const { size, ino, mtimeNs, nlink, ctimeNs } = found;
  return {
    bytes: Number(size),
    text: `${size} ${ino} ${mtimeNs} ${nlink} ${ctimeNs}`,
    content: `${size} ${ino} ${mtimeNs}`,
    links: Number(nlink),
    settledNs: settledNs(mtimeNs, ctimeNs),
  };
}

/** Whether a file is as it was: by all that is told of it, or, where it got or lost a name, by all that this leaves alone. */
function isSame(before: string, { text, content, links }: FileState): boolean {
  if (before === text) return true;
  return before.startsWith(`${content} `) && !before.startsWith(`${content} ${links} `);
}

function settledNs(mtimeNs: bigint, ctimeNs: bigint): bigint {
  const isCoarse = mtimeNs % SECOND_NS === 0n && ctimeNs % SECOND_NS === 0n;
  return mtimeNs + (isCoarse ? COARSE_TICK_NS : TICK_NS);
}

/** The files of an index that had settled when it was written, by the same disk's clock. */
function readIndex(path: string): Map<string, KnownFile> {
  const files = new Map<string, KnownFile>();
  let text: string;
  let writtenNs: bigint;
  try {
    text = readFileSync(path, 'utf8');
    writtenNs = statSync(path, { bigint: true }).mtimeNs;
  } catch {
    return files;
  }
  const end = text.lastIndexOf('\n', text.length - 2) + 1;
  if (!text.startsWith(`${HEADING}\n`) || `${sha256(Buffer.from(text.slice(0, end)))}\n` !== text.slice(end))
    return files;
  for (const line of text.slice(HEADING.length + 1, end - 1).split('\n')) {
    const [, digest, state, name] = LINE.exec(line) ?? [];
    if (digest === undefined || state === undefined || name === undefined) continue;
    const [, , mtimeNs, , ctimeNs] = state.split(' ').map(BigInt);
    if (settledNs(mtimeNs!, ctimeNs!) < writtenNs) files.set(name, { state, digest });
  }
  return files;
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { READABLE, readVolumeFile } from '../adapters/formats.ts';
import { asMask, encodeMha } from '../adapters/volume.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { compareText } from '../core/mixed-hash.ts';
import { LAYOUT } from './version-files.ts';

const MHA = '.mha';

/**
 * The mask files of a folder, or of its `masks/`, by series name: every format that volumes are read in, of one file each. A single
 * file is a folder of one. `option` stands in errors. Throws InvalidInputError, also for two files of one series.
 */
export async function masksAt(path: string, option: string): Promise<Map<string, string>> {
  const kind = await kindOf(path);
  if (kind === 'file') return new Map([[seriesName(path), path]]);
  if (kind === 'none') throw new InvalidInputError('command line', option, 'a file or a folder', JSON.stringify(path));
  const folder = (await kindOf(join(path, LAYOUT.masks))) === 'folder' ? join(path, LAYOUT.masks) : path;
  const masks = await volumeFilesIn(folder, option);
  if (masks.size === 0) {
    throw new InvalidInputError(
      'command line',
      option,
      `files that end in ${READABLE.join(', ')}`,
      `none in ${folder}`,
    );
  }
  return masks;
}

/** The volume files of a folder by series name; none of a folder that isn't there. Throws InvalidInputError for two of one series. */
export async function volumeFilesIn(folder: string, option: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const name of (await readdir(folder).catch(() => [])).sort(compareText)) {
    if (endingOf(name) === undefined) continue;
    const other = files.get(seriesName(name));
    if (other !== undefined) {
      throw new InvalidInputError('command line', option, 'one file a series', `${basename(other)} and ${name}`);
    }
    files.set(seriesName(name), join(folder, name));
  }
  return files;
}

/**
 * A volume file as the bytes of an MHA file: those of an MHA file, or one of no known ending, as they are; of another format, its
 * volume, or, as a mask, its labels, written as MHA.
 * `name` stands in errors. Throws InvalidInputError for a file that can't be used.
 */
export async function mhaBytes(path: string, name: string, as: 'mask' | 'image'): Promise<Uint8Array> {
  const ending = endingOf(path);
  if (ending === MHA || ending === undefined) return readFile(path);
  const { volume } = await readVolumeFile(path, name).catch((error: unknown) => {
    if (error instanceof InvalidInputError) throw error;
    // A reading thread that gave up: the file is at fault as far as anybody can tell.
    const got = error instanceof Error ? error.message : 'none';
    throw new InvalidInputError(name, 'file', 'a file the reader can read', got);
  });
  return encodeMha(as === 'mask' ? asMask(volume, name) : volume);
}

export async function kindOf(path: string): Promise<'file' | 'folder' | 'none'> {
  const found = await stat(path).catch(() => null);
  return found === null ? 'none' : found.isDirectory() ? 'folder' : 'file';
}

function seriesName(path: string): string {
  return basename(path).slice(0, -(endingOf(path)?.length ?? 0) || undefined);
}

/** The longest ending that fits: `.nii.gz`, not `.gz`. */
function endingOf(path: string): string | undefined {
  const fitting = READABLE.filter((ending) => path.toLowerCase().endsWith(ending));
  return fitting.sort((a, b) => b.length - a.length)[0];
}

import { open, type FileHandle } from 'node:fs/promises';
import type { Grid } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { ignoredFields } from '../core/mha-fields.ts';
import { parseMhaHeader, type MhaHeader } from '../core/mha.ts';
import type { Mask, Volume } from '../core/volume.ts';
import { asMask, decodeVoxels } from './volume.ts';

/** A header ends within so many bytes, or is refused. */
const HEADER_BYTES = 64 * 1024;

/**
 * The grid of an MHA file, by its header alone; no voxel is read. `name` stands in errors. Throws InvalidInputError, also for a
 * file that can't be read.
 */
export async function readMhaGrid(path: string, name: string): Promise<Grid> {
  return opened(path, name, async (file) => (await readHeader(file, name)).header.grid);
}

/**
 * An MHA file as `decodeMha` reads it; the header and the file's length are checked before anything more is read. `dropped` names
 * the texts of the header that are not kept. Throws InvalidInputError, also for a file that can't be read.
 */
export async function readMhaFile(
  path: string,
  name: string,
  { maxVoxels }: { maxVoxels?: number } = {},
): Promise<{ volume: Volume; dropped: string[] }> {
  return opened(path, name, async (file) => {
    const { header, start, size } = await readHeader(file, name, maxVoxels);
    const data = await readExactly(file, header.dataOffset, size - header.dataOffset, name);
    return { volume: await decodeVoxels(header, data, name), dropped: ignoredFields(start, name) };
  });
}

/** An MHA file as a mask. `name` stands in errors. Throws InvalidInputError, also for a file that can't be read. */
export async function readMaskFile(path: string, name: string): Promise<Mask> {
  return asMask((await readMhaFile(path, name)).volume, name);
}

async function readHeader(
  file: FileHandle,
  name: string,
  maxVoxels?: number,
): Promise<{ header: MhaHeader; start: Uint8Array; size: number }> {
  const { size } = await file.stat();
  const start = await readExactly(file, 0, Math.min(size, HEADER_BYTES), name);
  return { header: parseMhaHeader(start, name, maxVoxels, size), start, size };
}

/** Bytes of a file in a buffer of their own. */
async function readExactly(file: FileHandle, offset: number, count: number, name: string): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(count);
  for (let at = 0; at < count;) {
    const { bytesRead } = await file.read(bytes, at, count - at, offset + at);
    if (bytesRead === 0) throw new InvalidInputError(name, 'file', `${count} bytes from ${offset} on`, `${at}`);
    at += bytesRead;
  }
  return bytes;
}

async function opened<T>(path: string, name: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    const file = await open(path);
    try {
      return await work(file);
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new InvalidInputError(name, 'file', 'a readable MHA file', code);
  }
}

import { open, type FileHandle } from 'node:fs/promises';
import type { Grid } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { ignoredFields } from '../core/mha-fields.ts';
import { parseMhaHeader, type MhaHeader } from '../core/mha.ts';
import type { Mask, Volume } from '../core/volume.ts';
import { withScratch } from './scratch.ts';
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
    const bytes = size - header.dataOffset;
    const decode = async (into: Buffer): Promise<Volume> =>
      decodeVoxels(header, await fill(into, file, header.dataOffset, name), name);
    // Voxels that are not compressed are the volume's own.
    const volume = header.compressed
      ? await withScratch(bytes, (scratch) => decode(scratch.subarray(0, bytes)))
      : await decode(Buffer.allocUnsafeSlow(bytes));
    return { volume, dropped: ignoredFields(start, name) };
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
  const start = await fill(Buffer.allocUnsafeSlow(Math.min(size, HEADER_BYTES)), file, 0, name);
  return { header: parseMhaHeader(start, name, maxVoxels, size), start, size };
}

/** Fills a buffer with the bytes of a file from `offset` on. */
async function fill(bytes: Buffer, file: FileHandle, offset: number, name: string): Promise<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, offset + at);
    if (bytesRead === 0) throw new InvalidInputError(name, 'file', `${bytes.length} bytes from ${offset} on`, `${at}`);
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

import { open, type FileHandle } from 'node:fs/promises';
import type { Grid } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { ignoredFields } from '../core/mha-fields.ts';
import { parseMhaHeader, type MhaHeader } from '../core/mha.ts';
import type { Mask, Volume } from '../core/volume.ts';
import type { Pieces } from './inflate.ts';
import { asMask, decodeVoxels } from './volume.ts';

/** A header ends within so many bytes, or is refused. */
const HEADER_BYTES = 64 * 1024;
/** A compressed file is read and inflated so many bytes at a time. */
const PIECE_BYTES = 2 ** 20;

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
    const rest = { offset: header.dataOffset, length: size - header.dataOffset };
    const data = header.compressed
      ? inPieces(file, rest, name)
      : await readExactly(file, rest.offset, rest.length, name);
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
  await fill(bytes, file, offset, name);
  return bytes;
}

/** Bytes of a file, a piece read ahead, in two buffers that take turns: fewer fresh pages than the whole in one would take. */
function inPieces(file: FileHandle, { offset, length }: { offset: number; length: number }, name: string): Pieces {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const buffers = [0, 1].map(() => Buffer.allocUnsafeSlow(Math.min(length, PIECE_BYTES)));
    const read = (at: number): Promise<Uint8Array> | null => {
      if (at >= length) return null;
      const bytes = buffers[(at / PIECE_BYTES) % 2]!.subarray(0, length - at);
      return fill(bytes, file, offset + at, name);
    };
    let [at, next] = [0, read(0)];
    try {
      while (next) {
        const piece = await next;
        next = read((at += PIECE_BYTES));
        yield piece;
      }
    } finally {
      await next?.catch(() => undefined);
    }
  }
  return { length, [Symbol.asyncIterator]: pieces };
}

async function fill(bytes: Uint8Array, file: FileHandle, offset: number, name: string): Promise<Uint8Array> {
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

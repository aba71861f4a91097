import { open, readFile } from 'node:fs/promises';
import type { Grid } from '../core/geometry.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { parseMhaHeader } from '../core/mha.ts';
import type { Mask } from '../core/volume.ts';
import { asMask, decodeMha } from './volume.ts';

/** A header ends within so many bytes, or is refused. */
const HEADER_BYTES = 64 * 1024;

/**
 * The grid of an MHA file, by its header alone; no voxel is read. `name` stands in errors. Throws InvalidInputError, also for a
 * file that can't be read.
 */
export async function readMhaGrid(path: string, name: string): Promise<Grid> {
  return readable(name, async () => {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const start = Buffer.alloc(Math.min(size, HEADER_BYTES));
      await file.read(start, 0, start.length, 0);
      return parseMhaHeader(start, name, undefined, size).grid;
    } finally {
      await file.close();
    }
  });
}

/** An MHA file as a mask. `name` stands in errors. Throws InvalidInputError, also for a file that can't be read. */
export async function readMaskFile(path: string, name: string): Promise<Mask> {
  return asMask(await decodeMha(await readable(name, () => readFile(path)), name), name);
}

async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new InvalidInputError(name, 'file', 'a readable MHA file', code);
  }
}

import { finished } from 'node:stream/promises';
import { constants, createGunzip, createInflate, gunzipSync } from 'node:zlib';
import { InvalidInputError } from '../core/invalid-input.ts';

/** A deflate stream gives at most so many bytes for each of its own. */
const MOST_EXPANSION = 1032;

/** What an array buffer may have behind its last byte of use. */
export const SPARE_BYTES = 8;

const ENGINES = { zlib: createInflate, gzip: createGunzip };

/**
 * Inflates a zlib or gzip stream off the main thread that must give exactly `byteCount` bytes and be followed by none.
 * The bytes lie at the start of a buffer of at most SPARE_BYTES more, written once. A stream too short to give so many is refused before anything is
 * allocated; one that gives more, before twice as many are held. Throws InvalidInputError of the field `voxels`, naming `name`.
 */
export async function inflateExactly(
  data: Uint8Array,
  byteCount: number,
  name: string,
  format: 'zlib' | 'gzip' = 'zlib',
): Promise<Uint8Array> {
  const refuse = (got: string): InvalidInputError =>
    new InvalidInputError(name, 'voxels', `a ${format} stream of exactly ${byteCount} bytes`, got);
  if (byteCount > data.length * MOST_EXPANSION) throw refuse(`${data.length} bytes, too few to hold that`);
  // An engine makes a buffer of `chunkSize` bytes and, once that is full, another: a little room saves the second.
  const engine = ENGINES[format]({ chunkSize: Math.max(byteCount + SPARE_BYTES, constants.Z_MIN_CHUNK) });
  const parts: Buffer[] = [];
  let total = 0;
  engine.on('data', (part: Buffer) => {
    parts.push(part);
    total += part.length;
    if (total > byteCount) engine.destroy(refuse('more'));
  });
  try {
    engine.end(data);
    // What is written may never be taken: an engine whose stream has ended leaves the bytes that follow.
    await finished(engine, { writable: false });
  } catch (error) {
    const broken = (error as NodeJS.ErrnoException).code?.startsWith('Z_');
    throw broken ? refuse(`a broken stream (${(error as Error).message})`) : error;
  } finally {
    engine.destroy();
  }
  if (total !== byteCount) throw refuse(`${total} bytes`);
  if (engine.bytesWritten !== data.length) throw refuse(`${data.length - engine.bytesWritten} bytes after its end`);
  return oneBuffer(parts, byteCount);
}

/** The parts joined: not copied where they lie one after the other in a buffer that holds no more than they and the spare bytes. */
function oneBuffer(parts: readonly Buffer[], byteCount: number): Uint8Array {
  const [first] = parts;
  const inPlace =
    first?.buffer.byteLength === byteCount + SPARE_BYTES && parts.every((part) => part.buffer === first.buffer);
  return inPlace ? Buffer.from(first.buffer, 0, byteCount) : Buffer.concat(parts, byteCount);
}

/** The first bytes that a gzip stream gives, `count` or fewer; throws InvalidInputError when it is none. */
export function gzipStart(data: Uint8Array, count: number, name: string): Uint8Array {
  try {
    // A little of the stream is enough, can't swell to more than some MB, and leaves out the checksum, which is for later.
    const options = { finishFlush: constants.Z_SYNC_FLUSH };
    return gunzipSync(data.subarray(0, Math.min(4096, data.length - 8)), options).subarray(0, count);
  } catch {
    throw new InvalidInputError(name, 'file', 'a gzip stream', 'something else');
  }
}

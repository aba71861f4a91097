import { gunzip, gunzipSync, constants, inflate, type Zlib } from 'node:zlib';
import { InvalidInputError } from '../core/invalid-input.ts';

/** A deflate stream gives at most so many bytes for each of its own. */
const MOST_EXPANSION = 1032;

/**
 * Inflates a zlib or gzip stream off the main thread that must give exactly `byteCount` bytes and be followed by none. The bytes lie
 * in one buffer of that length, written once, by one call into zlib. A stream too short to give so many is refused before anything is
 * allocated; one that gives more, before twice as many are held. Throws InvalidInputError of the field `voxels`, naming `name`.
 */
export function inflateExactly(
  data: Uint8Array,
  byteCount: number,
  name: string,
  format: 'zlib' | 'gzip' = 'zlib',
): Promise<Uint8Array> {
  const refuse = (got: string): InvalidInputError =>
    new InvalidInputError(name, 'voxels', `a ${format} stream of exactly ${byteCount} bytes`, got);
  if (byteCount > data.length * MOST_EXPANSION) {
    return Promise.reject(refuse(`${data.length} bytes, too few to hold that`));
  }
  return new Promise((resolve, reject) => {
    const options = { info: true, chunkSize: Math.max(byteCount, constants.Z_MIN_CHUNK), maxOutputLength: byteCount };
    (format === 'zlib' ? inflate : gunzip)(data, options, (error, result) => {
      if (error) {
        const longer = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
        return reject(refuse(longer ? 'more' : `a broken stream (${error.message})`));
      }
      // With `info`, zlib hands back the engine too: what it consumed tells whether bytes follow the stream's end.
      const { buffer, engine } = result as unknown as { buffer: Buffer; engine: Zlib };
      if (buffer.length !== byteCount) return reject(refuse(`${buffer.length} bytes`));
      if (engine.bytesWritten !== data.length)
        return reject(refuse(`${data.length - engine.bytesWritten} bytes after its end`));
      resolve(buffer);
    });
  });
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

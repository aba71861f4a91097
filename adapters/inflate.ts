import { gunzip, gunzipSync, constants, inflate, type Zlib } from 'node:zlib';
import { InvalidInputError } from '../core/invalid-input.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Inflates a zlib or gzip stream off the main thread that must give exactly `byteCount` bytes and be followed by none.
 * Never holds more than that many bytes. Throws InvalidInputError of the field `voxels`, naming `name`.
 */
export function inflateExactly(
  data: Uint8Array,
  byteCount: number,
  name: string,
  format: 'zlib' | 'gzip' = 'zlib',
): Promise<Uint8Array> {
  const refuse = (got: string): InvalidInputError =>
    new InvalidInputError(name, 'voxels', `a ${format} stream of exactly ${byteCount} bytes`, got);
  return new Promise((resolve, reject) => {
    const options = { info: true, chunkSize: CHUNK_BYTES, maxOutputLength: byteCount };
    (format === 'zlib' ? inflate : gunzip)(data, options, (error, result) => {
      if (error) {
        const code = (error as NodeJS.ErrnoException).code ?? error.message;
        return reject(refuse(code === 'ERR_BUFFER_TOO_LARGE' ? 'more' : `a broken stream (${code})`));
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

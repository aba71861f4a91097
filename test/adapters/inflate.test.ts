import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflateExactly, type Pieces } from '../../adapters/inflate.ts';

const VOXELS = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i) % 251));

describe('inflateExactly', () => {
  it.each([
    ['zlib', deflateSync(VOXELS)],
    ['gzip', gzipSync(VOXELS)],
  ] as const)('gives the same bytes of a %s stream, whole or in pieces of any size', async (format, stream) => {
    for (const size of [stream.length, 1, 7, 1000, stream.length - 1]) {
      const bytes = await inflateExactly(size === stream.length ? stream : pieces(stream, size), 100_000, 'a', format);
      expect(Buffer.compare(bytes, VOXELS)).toBe(0);
    }
  });

  it('holds them in one buffer of their length', async () => {
    const bytes = await inflateExactly(pieces(deflateSync(VOXELS), 500), 100_000, 'a');
    expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 100_000]);
  });

  it.each([
    ['cut short', deflateSync(VOXELS).subarray(0, -5), 'unexpected end of file'],
    ['with a wrong checksum', flipped(deflateSync(VOXELS), -1), 'incorrect data check'],
    ['that gives fewer bytes', deflateSync(VOXELS.subarray(1)), 'got 99999 bytes'],
    ['that gives more', deflateSync(Buffer.concat([VOXELS, VOXELS])), 'got more'],
    ['with others after it', Buffer.concat([deflateSync(VOXELS), Buffer.alloc(3000)]), 'got 3000 bytes after its end'],
  ])('refuses a stream %s, in whatever pieces it comes', async (_, stream, why) => {
    for (const size of [stream.length, 64, 1000]) {
      await expect(inflateExactly(pieces(stream, size), 100_000, 'a')).rejects.toThrow(
        expect.objectContaining({ field: 'voxels', message: expect.stringContaining(why) }),
      );
    }
  });

  it('throws what the pieces throw, and reads no more of them', async () => {
    let ended = false;
    async function* broken(): AsyncGenerator<Uint8Array> {
      try {
        yield deflateSync(VOXELS).subarray(0, 100);
        throw new Error('the disk is gone');
      } finally {
        ended = true;
      }
    }
    const data: Pieces = { length: 1000, [Symbol.asyncIterator]: broken };
    await expect(inflateExactly(data, 100_000, 'a')).rejects.toThrow('the disk is gone');
    expect(ended).toBe(true);
  });
});

function pieces(data: Uint8Array, size: number): Pieces {
  async function* each(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
  }
  return { length: data.length, [Symbol.asyncIterator]: each };
}

function flipped(data: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(data);
  copy[copy.length + at]! ^= 1;
  return copy;
}

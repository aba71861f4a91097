import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { inflateExactly, SPARE_BYTES } from '../../adapters/inflate.ts';

const VOXELS = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i) % 251));

describe('inflateExactly', () => {
  it.each([
    ['zlib', deflateSync(VOXELS)],
    ['gzip', gzipSync(VOXELS)],
  ] as const)(
    'gives the bytes of a %s stream at the start of a buffer that holds little else',
    async (format, stream) => {
      const bytes = await inflateExactly(stream, 100_000, 'a', format);
      expect(Buffer.compare(bytes, VOXELS)).toBe(0);
      expect([bytes.byteOffset, bytes.buffer.byteLength]).toEqual([0, 100_000 + SPARE_BYTES]);
    },
  );

  it.each([
    ['cut short', deflateSync(VOXELS).subarray(0, -5), 'unexpected end of file'],
    ['with a wrong checksum', flipped(deflateSync(VOXELS), -1), 'incorrect data check'],
    ['that gives fewer bytes', deflateSync(VOXELS.subarray(1)), 'got 99999 bytes'],
    ['that gives more', deflateSync(Buffer.concat([VOXELS, VOXELS])), 'got more'],
    ['with others after it', Buffer.concat([deflateSync(VOXELS), Buffer.alloc(3000)]), 'got 3000 bytes after its end'],
  ])('refuses a stream %s', async (_, stream, why) => {
    await expect(inflateExactly(stream, 100_000, 'a')).rejects.toThrow(
      expect.objectContaining({ field: 'voxels', message: expect.stringContaining(why) }),
    );
  });
});

function flipped(data: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(data);
  copy[copy.length + at]! ^= 1;
  return copy;
}

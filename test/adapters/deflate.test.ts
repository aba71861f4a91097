import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { deflateInBlocks } from '../../adapters/deflate.ts';

const BLOCK = 2 ** 20;

/** Bytes that are neither all alike nor all different. */
function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = Math.imul(at ^ (at >>> 7), 2654435761) >>> (at % 3 === 0 ? 24 : 29);
  return bytes;
}

describe('deflateInBlocks', () => {
  // zlib's own reader checks the header, the blocks' joints, the end and the checksum.
  it.each([0, 1, 3799, 3801, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 5 * BLOCK + 12345])(
    'gives one zlib stream of %i bytes, the same each time',
    async (length) => {
      const raw = bytesOf(length);
      const stream = Buffer.concat(await deflateInBlocks(raw));
      expect(inflateSync(stream).equals(raw)).toBe(true);
      expect(Buffer.concat(await deflateInBlocks(raw)).equals(stream)).toBe(true);
    },
  );

  it('sums up the largest bytes without overflow', async () => {
    const raw = new Uint8Array(BLOCK + 7).fill(255);
    expect(inflateSync(Buffer.concat(await deflateInBlocks(raw))).equals(raw)).toBe(true);
  });

  it('does not fail on bytes that can not be compressed', async () => {
    const raw = new Uint8Array(BLOCK * 2 + 5);
    for (let at = 0, state = 1; at < raw.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      raw[at] = state >>> 24;
    }
    const stream = Buffer.concat(await deflateInBlocks(raw));
    expect(inflateSync(stream).equals(raw)).toBe(true);
    // They are stored, with some bytes around every few KiB.
    expect(stream.length).toBeLessThan(raw.length * 1.002);
  });
});

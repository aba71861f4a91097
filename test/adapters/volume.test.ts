import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asMask, decodeMha, encodeMha, sha256, voxelDigest } from '../../adapters/volume.ts';
import type { Grid } from '../../core/geometry.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { ElementType, Volume, Voxels } from '../../core/volume.ts';

const ARRAYS = {
  CHAR: Int8Array,
  UCHAR: Uint8Array,
  SHORT: Int16Array,
  USHORT: Uint16Array,
  INT: Int32Array,
  UINT: Uint32Array,
  FLOAT: Float32Array,
  DOUBLE: Float64Array,
};
const GRID: Grid = {
  size: [3, 2, 2],
  spacingMm: [0.5, 0.25, 4],
  originLpsMm: [1.5, -2, 30],
  direction: [0, 0, -1, 1, 0, 0, 0, -1, 0],
};
const VOLUME: Volume<Int16Array> = {
  grid: GRID,
  element: 'SHORT',
  voxels: Int16Array.from([-32768, -1000, -1, 0, 1, 2, 10, 255, 256, 3096, 1, 32767]),
};

function file(data: Uint8Array, changes: Record<string, string> = {}): Uint8Array {
  const lines = {
    ObjectType: 'Image',
    NDims: '3',
    BinaryData: 'True',
    BinaryDataByteOrderMSB: 'False',
    CompressedData: 'True',
    CompressedDataSize: String(data.length),
    TransformMatrix: '1 0 0 0 1 0 0 0 1',
    Offset: '0 0 0',
    ElementSpacing: '1 1 1',
    DimSize: '2 1 1',
    ElementType: 'MET_SHORT',
    ...changes,
    ElementDataFile: 'LOCAL',
  };
  const header = Object.entries(lines)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key} = ${value}\n`);
  return new Uint8Array(Buffer.concat([Buffer.from(header.join('')), data]));
}
const RAW = { CompressedData: 'False', CompressedDataSize: '' };

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await decodeMha(bytes, 'b.mha').then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvalidInputError);
  return (error as InvalidInputError).message;
}

describe('encodeMha and decodeMha', () => {
  it('round-trip any volume, and write the same bytes each time', async () => {
    const turned = fc.double({ min: -3.2, max: 3.2, noNaN: true }).map((angle): Grid['direction'] => {
      const [c, s] = [Math.cos(angle), Math.sin(angle)];
      return [0 + c, 0 - s, 0, 0 + s, 0 + c, 0, 0, 0, -1];
    });
    const coordinate = fc.double({ min: -1e4, max: 1e4, noNaN: true }).map((mm) => mm + 0);
    const step = fc.double({ min: 1e-3, max: 1e2, noNaN: true });
    const side = fc.integer({ min: 1, max: 5 });
    const volume = fc
      .record({
        size: fc.tuple(side, side, side),
        spacingMm: fc.tuple(step, step, step),
        originLpsMm: fc.tuple(coordinate, coordinate, coordinate),
        direction: turned,
        element: fc.constantFrom(...(Object.keys(ARRAYS) as ElementType[])),
        seed: fc.integer(),
      })
      .map(({ element, seed, ...grid }): Volume => {
        const count = grid.size[0] * grid.size[1] * grid.size[2];
        const voxels: Voxels = new ARRAYS[element](count).map((_, i) => Math.imul(seed + i, 2654435761) / 3);
        return { grid, element, voxels };
      });
    await fc.assert(
      fc.asyncProperty(volume, async (each) => {
        const bytes = await encodeMha(each);
        const read = await decodeMha(bytes, 'a.mha');
        expect(read).toEqual(each);
        expect(read.voxels.buffer.byteLength).toBe(each.voxels.byteLength);
        expect(voxelDigest(read)).toBe(voxelDigest(each));
        expect(sha256(await encodeMha(read))).toBe(sha256(bytes));
      }),
      { numRuns: 150 },
    );
  });

  it('writes a typed array that is a view into a larger buffer', async () => {
    const larger = new Int16Array(20).fill(7);
    larger.set(VOLUME.voxels, 3);
    const view = { ...VOLUME, voxels: larger.subarray(3, 15) };
    expect((await decodeMha(await encodeMha(view), 'a.mha')).voxels).toEqual(VOLUME.voxels);
  });

  it('reads raw voxels at any offset, big endian too', async () => {
    for (const comment of ['', 'a', 'ab', 'abc']) {
      const bytes = file(Uint8Array.of(1, 2, 255, 254), {
        ...RAW,
        Comment: `x${comment}`,
        BinaryDataByteOrderMSB: 'True',
      });
      expect([...(await decodeMha(bytes, 'a.mha')).voxels]).toEqual([0x0102, -2]);
    }
    const inflated = file(deflateSync(Uint8Array.of(1, 2, 255, 254)), { ElementByteOrderMSB: 'False' });
    expect([...(await decodeMha(inflated, 'a.mha')).voxels]).toEqual([0x0201, -257]);
  });

  it('does not hand out the caller’s bytes', async () => {
    const bytes = file(Uint8Array.of(1, 0, 2, 0), RAW);
    const { voxels } = await decodeMha(bytes, 'a.mha');
    bytes.fill(9, -4);
    expect([...voxels]).toEqual([1, 2]);
  });

  it('refuses to write an array that is not what the header would say', async () => {
    await expect(encodeMha({ ...VOLUME, element: 'USHORT' })).rejects.toThrow(InvalidInputError);
    await expect(encodeMha({ ...VOLUME, voxels: new Int16Array(11) })).rejects.toThrow(/expected 12/);
  });
});

describe('decodeMha on damaged files', () => {
  const good = deflateSync(Uint8Array.of(1, 0, 2, 0));

  it('refuses a stream that is cut, flipped, short, long or followed by something', async () => {
    expect(await refusal(file(good.subarray(0, -3)))).toMatch(/b\.mha: voxels: .* got a broken stream/);
    const flipped = Buffer.from(good);
    flipped[flipped.length - 1]! ^= 1;
    expect(await refusal(file(flipped))).toMatch(/broken stream/);
    expect(await refusal(file(new Uint8Array(0)))).toMatch(/voxels/);
    expect(await refusal(file(deflateSync(Uint8Array.of(1, 0, 2))))).toMatch(/exactly 4 bytes, got 3 bytes/);
    expect(await refusal(file(deflateSync(new Uint8Array(1_000_000))))).toMatch(/exactly 4 bytes, got more/);
    expect(await refusal(file(Buffer.concat([good, Buffer.from([0])])))).toMatch(/1 bytes after its end/);
    expect(await refusal(file(Buffer.concat([good, good])))).toMatch(/after its end/);
  });

  it('refuses every truncation of a real file', async () => {
    const bytes = await encodeMha(VOLUME);
    for (let length = 0; length < bytes.length; length++) await refusal(bytes.subarray(0, length));
  });

  it('refuses, or reads the same voxels, whatever single byte of the stream is changed', async () => {
    const bytes = await encodeMha(VOLUME);
    const start = bytes.length - deflateLength(bytes);
    for (let at = start; at < bytes.length; at++) {
      const changed = bytes.slice();
      changed[at]! ^= 0x10;
      const read = await decodeMha(changed, 'b.mha').catch((error: unknown) => {
        expect(error).toBeInstanceOf(InvalidInputError);
        return null;
      });
      if (read) expect(read.voxels).toEqual(VOLUME.voxels);
    }
  });

  it('refuses voxels that are not finite', async () => {
    const nan = Buffer.from(Float32Array.of(0, NaN).buffer);
    expect(await refusal(file(nan, { ...RAW, ElementType: 'MET_FLOAT' }))).toMatch(
      /finite numbers, got NaN at voxel 1/,
    );
  });

  it('refuses a huge volume at once, before it allocates', async () => {
    const started = performance.now();
    expect(await refusal(file(good, { DimSize: '100000 100000 100000' }))).toMatch(
      /DimSize: expected at most 134217728/,
    );
    expect(performance.now() - started).toBeLessThan(200);
    await expect(decodeMha(file(good), 'b.mha', { maxVoxels: 1 })).rejects.toThrow(/at most 1 voxels/);
  });
});

function deflateLength(bytes: Uint8Array): number {
  return Number(/CompressedDataSize = (\d+)/.exec(Buffer.from(bytes).toString('latin1'))![1]);
}

describe('voxelDigest', () => {
  it('is the SHA-256 of canonical geometry, a line feed, the element type and the little-endian voxels', () => {
    const text =
      '{"direction":[0,0,-1,1,0,0,0,-1,0],"originLpsMm":[1.5,-2,30],"size":[3,2,2],"spacingMm":[0.5,0.25,4]}\nSHORT';
    const voxels = Buffer.alloc(24);
    VOLUME.voxels.forEach((value, i) => voxels.writeInt16LE(value, 2 * i));
    expect(voxelDigest(VOLUME)).toBe(createHash('sha256').update(text).update(voxels).digest('hex'));
  });

  it('changes with a voxel, the geometry and the type', () => {
    const one = voxelDigest(VOLUME);
    expect(voxelDigest({ ...VOLUME, voxels: VOLUME.voxels.map((v, i) => (i === 5 ? v + 1 : v)) })).not.toBe(one);
    expect(voxelDigest({ ...VOLUME, grid: { ...GRID, originLpsMm: [1.5, -2, 30.000001] } })).not.toBe(one);
    const unsigned = { ...VOLUME, element: 'USHORT' as const, voxels: Uint16Array.from(VOLUME.voxels) };
    expect(voxelDigest(unsigned)).not.toBe(one);
  });
});

describe('asMask', () => {
  const grid: Grid = { ...GRID, size: [3, 1, 1] };
  it('takes whole numbers of any type as int16 labels', () => {
    const mask = asMask({ grid, element: 'DOUBLE', voxels: Float64Array.of(0, 100, 255) }, 'm.mha');
    expect(mask).toEqual({ grid, element: 'SHORT', voxels: Int16Array.of(0, 100, 255) });
  });
  it('refuses anything else, saying where', () => {
    const fraction: Volume = { grid, element: 'FLOAT', voxels: Float32Array.of(0, 1.5, 0) };
    expect(() => asMask(fraction, 'm.mha')).toThrow(
      'm.mha: voxels: expected labels: whole numbers from 0 to 255, got 1.5 at voxel 1',
    );
    expect(() => asMask({ grid, element: 'SHORT', voxels: Int16Array.of(0, 0, -1) }, 'm.mha')).toThrow(
      InvalidInputError,
    );
    expect(() => asMask({ grid, element: 'USHORT', voxels: Uint16Array.of(256, 0, 0) }, 'm.mha')).toThrow(
      InvalidInputError,
    );
  });
});

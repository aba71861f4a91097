import { deflateSync } from 'node:zlib';

/** Header lines by key; null leaves one out. */
export type Header = Record<string, string | null>;

/** 2 × 3 × 4 voxels with labels of a spine, of which each damaged file is a change. */
export const LABELS = [0, 0, 1, 1, 0, 100, 201, 201, 0, 100, 2, 2, 0, 100, 202, 202, 0, 100, 3, 3, 0, 0, 0, 0];
export const RAW = int16(LABELS);
export const STREAM = deflateSync(RAW);

const HEADER: Header = {
  ObjectType: 'Image',
  NDims: '3',
  BinaryData: 'True',
  BinaryDataByteOrderMSB: 'False',
  CompressedData: 'True',
  CompressedDataSize: `${STREAM.length}`,
  TransformMatrix: '0 1 0 0 0 -1 -1 0 0',
  Offset: '1.5 -2 30',
  ElementSpacing: '0.5 0.25 4',
  DimSize: '2 3 4',
  ElementType: 'MET_SHORT',
  ElementDataFile: 'LOCAL',
};
export const KEYS = Object.keys(HEADER);
/** What makes the header one of voxels that are not compressed. */
export const NOT_COMPRESSED: Header = { CompressedData: 'False', CompressedDataSize: null };

/** An MHA file: the header with changes (a key that is new stands before the last line), then the voxels' bytes. */
export function mha(changes: Header = {}, data: Uint8Array = STREAM): Buffer {
  return fromLines(headerLines(changes), data);
}

/** The same with a stream of its own, whose length the header gives. */
export function compressed(stream: Uint8Array, changes: Header = {}): Buffer {
  return mha({ CompressedDataSize: `${stream.length}`, ...changes }, stream);
}

export function uncompressed(raw: Uint8Array, changes: Header = {}): Buffer {
  return mha({ ...NOT_COMPRESSED, ...changes }, raw);
}

export function headerLines(changes: Header = {}): string[] {
  const { ElementDataFile, ...before } = { ...HEADER, ...changes };
  return Object.entries({ ...before, ElementDataFile })
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${key} = ${value}`);
}

/** Latin-1, so that every character is one byte. */
export function fromLines(lines: readonly string[], data: Uint8Array = STREAM, lineEnd = '\n'): Buffer {
  return Buffer.concat([Buffer.from(lines.map((line) => line + lineEnd).join(''), 'latin1'), data]);
}

export function int16(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, at) => bytes.writeInt16LE(value, 2 * at));
  return bytes;
}

export function float32(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeFloatLE(value, 4 * at));
  return bytes;
}

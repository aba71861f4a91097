import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Damaged } from './make.ts';
import { compressed, float32, fromLines, headerLines, int16, LABELS, mha, NOT_COMPRESSED, RAW } from './whole-file.ts';
import { STREAM, uncompressed, type Header } from './whole-file.ts';

const EXACTLY_48 = 'a zlib stream of exactly 48 bytes';
const WHOLE_LABELS = 'labels: whole numbers from 0 to 255';

/** CompressedDataSize that is not the bytes there are, which is right about the file and wrong about the stream. */
function wrongSizes(): Damaged[] {
  const { length } = STREAM;
  const size = (file: string, value: string, data: Uint8Array = STREAM): Damaged => ({
    file,
    field: 'CompressedDataSize',
    expected: `${data.length}, the bytes after the header`,
    got: value,
    bytes: mha({ CompressedDataSize: value }, data),
  });
  return [
    size('stream-size-too-small', `${length - 1}`),
    size('stream-size-too-large', `${length + 1}`),
    size('stream-size-zero', '0'),
    size('stream-size-negative', `-${length}`),
    size('stream-size-nan', 'nan'),
    size('stream-size-word', 'all'),
    size('stream-cut', `${length}`, STREAM.subarray(0, -5)),
    size('stream-missing', `${length}`, STREAM.subarray(0, 0)),
    size('stream-then-garbage', `${length}`, Buffer.concat([STREAM, Buffer.from('garbage')])),
    {
      file: 'stream-size-beside-raw',
      field: 'CompressedDataSize',
      expected: 'CompressedData = True beside it',
      got: 'False',
      bytes: mha({ CompressedData: 'False', CompressedDataSize: '48' }, RAW),
    },
  ];
}

/** Streams whose size the header gives rightly. */
function brokenStreams(): Damaged[] {
  const stream = (
    file: string,
    data: Uint8Array,
    got: string,
    header: Header = {},
    expected = EXACTLY_48,
  ): Damaged => ({
    file,
    field: 'voxels',
    expected,
    got,
    bytes: compressed(data, header),
  });
  const flipped = (at: number, bit: number): Buffer => {
    const bytes = Buffer.from(STREAM);
    bytes[at < 0 ? bytes.length + at : at]! ^= bit;
    return bytes;
  };
  const broken = (why: string): string => `a broken stream (${why})`;
  return [
    stream('stream-truncated', STREAM.subarray(0, -5), broken('unexpected end of file')),
    stream('stream-without-checksum', STREAM.subarray(0, -4), broken('unexpected end of file')),
    stream('stream-wrong-checksum', flipped(-1, 1), broken('incorrect data check')),
    // The two low bits of a stored or compressed block's first byte but one tell its kind; 3 is none.
    stream('stream-wrong-block', flipped(2, 0b110 ^ (STREAM[2]! & 0b110)), broken('invalid block type')),
    stream('stream-wrong-header', flipped(0, 0xff), broken('incorrect header check')),
    stream('stream-gzip', gzipSync(RAW), broken('incorrect header check')),
    stream('stream-raw-deflate', deflateRawSync(RAW), broken('incorrect header check')),
    stream('stream-dictionary', deflateSync(RAW, { dictionary: RAW }), broken('Missing dictionary')),
    // Two zero bytes pass a zlib header's check.
    stream('stream-not-compressed', RAW, broken('unknown compression method')),
    stream('stream-zeros', Buffer.alloc(STREAM.length), broken('unknown compression method')),
    stream('stream-empty', Buffer.alloc(0), '0 bytes, too few to hold that'),
    stream('stream-one-byte-short', deflateSync(RAW.subarray(1)), '47 bytes'),
    stream('stream-of-nothing', deflateSync(Buffer.alloc(0)), '0 bytes'),
    stream('stream-one-byte-long', deflateSync(Buffer.concat([RAW, Buffer.of(0)])), 'more'),
    // A megabyte from a thousand bytes.
    stream('stream-bomb', deflateSync(Buffer.alloc(1_000_000), { level: 9 }), 'more'),
    stream('stream-and-garbage-counted', Buffer.concat([STREAM, Buffer.from('garbage')]), '7 bytes after its end'),
    stream('stream-twice', Buffer.concat([STREAM, STREAM]), `${STREAM.length} bytes after its end`),
    stream('size-larger-than-data', STREAM, '48 bytes', { DimSize: '2 3 5' }, 'a zlib stream of exactly 60 bytes'),
    stream('size-smaller-than-data', STREAM, 'more', { DimSize: '2 3 3' }, 'a zlib stream of exactly 36 bytes'),
    stream(
      'element-larger-than-data',
      STREAM,
      '48 bytes',
      { ElementType: 'MET_INT' },
      'a zlib stream of exactly 96 bytes',
    ),
    stream(
      'element-smaller-than-data',
      STREAM,
      'more',
      { ElementType: 'MET_UCHAR' },
      'a zlib stream of exactly 24 bytes',
    ),
    // Exactly the most voxels that are allowed.
    stream(
      'size-of-268-megabytes',
      STREAM,
      `${STREAM.length} bytes, too few to hold that`,
      { DimSize: '512 512 512' },
      'a zlib stream of exactly 268435456 bytes',
    ),
  ];
}

function wrongLengths(): Damaged[] {
  const raw = (file: string, data: Uint8Array, expected = 48, header: Header = {}): Damaged => ({
    file,
    field: 'voxels',
    expected: `${expected} bytes after the header`,
    got: `${data.length}`,
    bytes: uncompressed(data, header),
  });
  return [
    raw('raw-too-short', RAW.subarray(1)),
    raw('raw-too-long', Buffer.concat([RAW, Buffer.of(0)])),
    raw('raw-none', RAW.subarray(0, 0)),
    raw('raw-half', RAW.subarray(0, 24)),
    raw('raw-newline-behind', Buffer.concat([RAW, Buffer.from('\n')])),
    raw('raw-size-larger', RAW, 60, { DimSize: '2 3 5' }),
    raw('raw-element-larger', RAW, 192, { ElementType: 'MET_DOUBLE' }),
    raw('twice-element-data-file', Buffer.concat([Buffer.from('ElementDataFile = LOCAL\n'), RAW])),
    { ...raw('raw-but-compressed', STREAM), bytes: mha(NOT_COMPRESSED) },
  ];
}

/** Voxels of the right length that can't be what they should. */
function wrongVoxels(): Damaged[] {
  const voxels = (file: string, as: 'mask' | 'volume', got: string, bytes: Buffer): Damaged => ({
    file,
    as,
    field: 'voxels',
    expected: as === 'mask' ? WHOLE_LABELS : 'finite numbers',
    got,
    bytes,
  });
  const floats = (...start: number[]): Buffer => float32([...start, ...LABELS.slice(start.length)]);
  const FLOAT = { ElementType: 'MET_FLOAT' };
  return [
    voxels('voxel-nan', 'volume', 'NaN at voxel 2', uncompressed(floats(0, 0, NaN), FLOAT)),
    voxels('voxel-infinite', 'volume', '-Infinity at voxel 1', compressed(deflateSync(floats(0, -Infinity)), FLOAT)),
    voxels('mask-of-fractions', 'mask', '0.5 at voxel 1', uncompressed(floats(0, 0.5), FLOAT)),
    voxels('mask-negative', 'mask', '-1 at voxel 0', uncompressed(int16([-1, ...LABELS.slice(1)]))),
    voxels('mask-over-255', 'mask', '256 at voxel 0', uncompressed(int16([256, ...LABELS.slice(1)]))),
    // Label 1, at voxel 2, is 256 to who takes the first byte for the last.
    voxels('mask-wrong-byte-order', 'mask', '256 at voxel 2', mha({ BinaryDataByteOrderMSB: 'True' })),
  ];
}

/** Files that are none, or have a header of another form. */
function otherFiles(): Damaged[] {
  const other = (file: string, got: string, bytes: Buffer): Damaged => ({
    file,
    field: 'file',
    expected: 'a MetaImage header',
    got,
    bytes,
  });
  const behind = (at: number, text: string): Buffer =>
    Buffer.concat([Buffer.alloc(at, 1), Buffer.from(text, 'latin1')]);
  const line = (file: string, got: string, bytes: Buffer): Damaged => ({
    file,
    field: 'header',
    expected: 'lines of "Key = value"',
    got,
    bytes,
  });
  const endless = (file: string, got: string, bytes: Buffer): Damaged => ({
    file,
    field: 'ElementDataFile',
    expected: 'a line within 65536 bytes',
    got,
    bytes,
  });
  const header = headerLines();
  return [
    other('empty', 'an empty file', Buffer.alloc(0)),
    other('other-nifti', 'a NIfTI file', behind(344, 'n+1\0voxels')),
    other('other-nifti-header', 'a NIfTI header without its voxels', behind(344, 'ni1\0')),
    other('other-nrrd', 'an NRRD file', Buffer.from('NRRD0004\ntype: short\ndimension: 3\n')),
    other('other-dicom', 'a DICOM file', behind(128, 'DICM')),
    other('other-gzip', 'a gzip stream', gzipSync(mha())),
    other('other-zip', 'a zip archive', Buffer.from('PK\x03\x04', 'latin1')),
    other('other-hdf5', 'an HDF5 file', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')),
    other('other-png', 'a PNG picture', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')),
    other('other-xml', 'an XML or HTML document', Buffer.from('<?xml version="1.0"?><Error>AccessDenied</Error>')),
    other('other-json', 'JSON', Buffer.from('{"schema": "other"}\n')),
    other(
      'other-lfs-pointer',
      'a Git LFS pointer instead of the file',
      Buffer.from('version https://git-lfs.github.com/spec/v1\nsize 1\n'),
    ),
    other('other-zeros', 'zero bytes first', Buffer.alloc(64)),
    other('text-byte-order-mark', 'a UTF-8 byte order mark first', Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), mha()])),
    other('text-utf-16', 'UTF-16 text', Buffer.from(`\ufeff${header.join('\n')}\n`, 'utf16le')),
    line('text-blank-line', 'line 1 without a key', fromLines(['', ...header])),
    line('text-comment-line', 'line 3 without a key', fromLines(header.toSpliced(2, 0, '# axial'))),
    line('text-colons', 'line 1 without a key', fromLines(header.map((each) => each.replace(' =', ':')))),
    line('text-of-nothing', 'line 1 without a key', Buffer.from('hello\nworld\n')),
    line(
      'binary-garbage',
      'line 1 without a key',
      Buffer.from(Uint8Array.from({ length: 512 }, (_, i) => (i * 167 + 13) % 256)),
    ),
    {
      file: 'text-not-ascii',
      field: 'DimSize',
      expected: 'plain ASCII',
      got: '2?3 4',
      // A no-break space between the numbers.
      bytes: mha({ DimSize: '2\xa03 4' }),
    },
    {
      file: 'text-zero-byte',
      field: 'ElementType',
      expected: 'plain ASCII',
      got: 'MET_SHORT?',
      bytes: mha({ ElementType: 'MET_SHORT\0' }),
    },
    // No label is 10, a line feed.
    endless('missing-element-data-file', '11 whole lines without it', fromLines(header.slice(0, -1), RAW)),
    endless('header-without-end', '11 whole lines without it', fromLines(header.slice(0, -1), Buffer.alloc(0))),
    endless('header-cut-in-last-line', '11 whole lines without it', fromLines(header, Buffer.alloc(0)).subarray(0, -1)),
    endless('header-of-old-mac', '0 whole lines without it', fromLines(header, Buffer.alloc(0), '\r')),
    endless(
      'header-too-long',
      '1 whole lines without it',
      fromLines([`ObjectType = Image`, `Comment = ${'x'.repeat(70_000)}`, ...header.slice(1)]),
    ),
  ];
}

export function dataDamage(): Damaged[] {
  return [...wrongSizes(), ...brokenStreams(), ...wrongLengths(), ...wrongVoxels(), ...otherFiles()];
}

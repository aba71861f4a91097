import { voxelCount, type Grid } from './geometry.ts';
import { DEFAULT_MAX_VOXELS, isOrthonormal } from './grid-check.ts';
import { HeaderFields, headerLines, printable } from './mha-fields.ts';
import type { ElementType } from './volume.ts';

/** Bytes of one voxel of each element type. */
export const ELEMENT_BYTES: Record<ElementType, number> = {
  CHAR: 1,
  UCHAR: 1,
  SHORT: 2,
  USHORT: 2,
  INT: 4,
  UINT: 4,
  FLOAT: 4,
  DOUBLE: 8,
};

/** What an MHA header says, checked. `dataOffset` is where the voxel bytes start. */
export interface MhaHeader {
  grid: Grid;
  element: ElementType;
  compressed: boolean;
  bigEndian: boolean;
  dataOffset: number;
}

/**
 * Reads and checks the header of an MHA file (MetaImage with its voxels in the same file).
 *   1. Every line is `Key = value` with a known key, once; `ElementDataFile = LOCAL` is the last.
 *   2. Three dimensions, one channel, binary, a supported element type, millimetres, no intensity function.
 *   3. Sizes, spacing, origin, direction and (of voxels of several bytes) byte order are stated, not defaulted; sizes are positive
 *      and at most `maxVoxels` together, spacing is finite and positive, the direction is orthonormal within 1e-4 (left- and
 *      right-handed both pass).
 *   4. The bytes that follow are exactly CompressedDataSize and at most twice the voxels' (and 64 KiB), or exactly the voxels when not
 *      compressed.
 * MetaImage's TransformMatrix lists the index axes' unit vectors one after the other: its rows are the columns of
 * `Grid.direction`. Throws InvalidInputError, before anything is allocated, naming `name` and the header field.
 * `bytes` may be only the beginning of a file (its first 64 KiB do); `fileBytes` is then how long the file is.
 */
export function parseMhaHeader(
  bytes: Uint8Array,
  name: string,
  maxVoxels = DEFAULT_MAX_VOXELS,
  fileBytes = bytes.length,
): MhaHeader {
  const { fields, dataOffset } = headerLines(bytes, name);
  const field = new HeaderFields(fields, name);
  const dataFile = field.get('ElementDataFile');
  if (dataFile !== 'LOCAL') {
    // Not the value itself: a file's name may be a person's.
    field.refuse(
      'ElementDataFile',
      'LOCAL',
      dataFile === 'LIST' || dataFile === '' ? printable(dataFile) : 'another file',
    );
  }
  const header = checkedFields(field, maxVoxels);
  checkDataBytes(field, fileBytes - dataOffset, header, 'after the header');
  return { ...header, dataOffset };
}

/** Compressing adds little even to noise; a stream of twice the voxels and this is none that a program wrote. */
const SPARE_COMPRESSED_BYTES = 64 * 1024;

/** An MHD header: its voxels are the whole of another file of the same folder. */
export interface MhdHeader extends Omit<MhaHeader, 'dataOffset'> {
  dataFile: string;
  /** Throws InvalidInputError when a data file of so many bytes can't be the one. */
  checkDataBytes: (count: number) => void;
}

/**
 * Reads and checks the header of an MHD file (MetaImage with its voxels in a file beside it) as strictly as `parseMhaHeader` does.
 * `dataFile` is a plain file name: neither a path, nor a list or pattern of files. Throws InvalidInputError.
 */
export function parseMhdHeader(bytes: Uint8Array, name: string, maxVoxels = DEFAULT_MAX_VOXELS): MhdHeader {
  const { fields, dataOffset } = headerLines(bytes, name);
  const field = new HeaderFields(fields, name);
  const dataFile = field.get('ElementDataFile');
  if (!/^[\w][\w .()+-]*$/.test(dataFile) || /^(LOCAL|LIST)\b/.test(dataFile)) {
    field.refuse('ElementDataFile', 'the name of one file in the same folder', printable(dataFile));
  }
  if (bytes.length > dataOffset) {
    field.refuse('ElementDataFile', 'the last line', `${bytes.length - dataOffset} bytes after it`);
  }
  const header = checkedFields(field, maxVoxels);
  return { ...header, dataFile, checkDataBytes: (count) => checkDataBytes(field, count, header, 'of the data file') };
}

function checkedFields(field: HeaderFields, maxVoxels: number): Omit<MhaHeader, 'dataOffset'> {
  field.mustBe('ObjectType', ['Image']);
  field.mustBe('NDims', ['3']);
  field.mustBe('BinaryData', ['True']);
  field.mayBe('ElementNumberOfChannels', ['1']);
  field.mayBe('DistanceUnits', ['mm', '?']);
  field.mayBe('HeaderSize', ['0', '-1']);
  field.mayBe('ElementToIntensityFunctionSlope', ['1']);
  field.mayBe('ElementToIntensityFunctionOffset', ['0']);
  const element = elementType(field);
  const grid: Grid = {
    size: sizes(field, maxVoxels),
    spacingMm: spacing(field),
    originLpsMm: triple(field, field.oneOf('Offset', 'Position', 'Origin')),
    direction: direction(field),
  };
  const bigEndian = field.flag('BinaryDataByteOrderMSB', 'ElementByteOrderMSB');
  if (ELEMENT_BYTES[element] > 1 && !field.has('BinaryDataByteOrderMSB') && !field.has('ElementByteOrderMSB')) {
    field.refuse('BinaryDataByteOrderMSB', 'the field', 'a header without it');
  }
  return { grid, element, compressed: field.flag('CompressedData'), bigEndian };
}

/** The header that Spindle writes: geometry and element type only; numbers as ECMAScript prints them, so they round-trip exactly. */
export function formatMhaHeader(grid: Grid, element: ElementType, compressedBytes: number): string {
  const d = grid.direction;
  const columns = [d[0], d[3], d[6], d[1], d[4], d[7], d[2], d[5], d[8]];
  return [
    'ObjectType = Image',
    'NDims = 3',
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    'CompressedData = True',
    `CompressedDataSize = ${compressedBytes}`,
    `TransformMatrix = ${columns.join(' ')}`,
    `Offset = ${grid.originLpsMm.join(' ')}`,
    'CenterOfRotation = 0 0 0',
    `ElementSpacing = ${grid.spacingMm.join(' ')}`,
    `DimSize = ${grid.size.join(' ')}`,
    `ElementType = MET_${element}`,
    'ElementDataFile = LOCAL',
    '',
  ].join('\n');
}

function elementType(field: HeaderFields): ElementType {
  const type = /^MET_(.*)$/.exec(field.get('ElementType'))?.[1] ?? '';
  if (!Object.hasOwn(ELEMENT_BYTES, type)) {
    const supported = Object.keys(ELEMENT_BYTES).map((each) => `MET_${each}`);
    field.refuse('ElementType', supported.join(', '), printable(field.get('ElementType')));
  }
  return type as ElementType;
}

function triple(field: HeaderFields, key: string, kind?: string): [number, number, number] {
  const [x, y, z] = field.numbers(key, 3, kind) as [number, number, number];
  return [x, y, z];
}

function sizes(field: HeaderFields, maxVoxels: number): [number, number, number] {
  const size = triple(field, 'DimSize', 'positive integers');
  const text = field.get('DimSize');
  // Digits only: other readers take 2e1 for 2.
  if (!/^[\d\t ]+$/.test(text) || size.includes(0)) field.refuse('DimSize', '3 positive integers', printable(text));
  if (size[0] * size[1] * size[2] > maxVoxels) {
    field.refuse('DimSize', `at most ${maxVoxels} voxels`, `${size.join(' x ')}`);
  }
  return size;
}

function spacing(field: HeaderFields): [number, number, number] {
  const keys = ['ElementSpacing', 'ElementSize'].filter((key) => field.has(key));
  const [values] = keys.map((key) => {
    const each = triple(field, key, 'positive numbers');
    if (!each.every((mm) => mm > 0)) field.refuse(key, '3 positive numbers', printable(field.get(key)));
    return each;
  });
  return values ?? field.refuse('ElementSpacing', 'the field', 'a header without it');
}

function direction(field: HeaderFields): Grid['direction'] {
  const key = field.oneOf('TransformMatrix', 'Rotation', 'Orientation');
  const rows = field.numbers(key, 9) as Grid['direction'];
  if (!isOrthonormal(rows)) field.refuse(key, 'three orthogonal unit vectors', printable(field.get(key)));
  return [rows[0], rows[3], rows[6], rows[1], rows[4], rows[7], rows[2], rows[5], rows[8]];
}

function checkDataBytes(
  field: HeaderFields,
  count: number,
  { compressed, grid, element }: Omit<MhaHeader, 'dataOffset'>,
  where: string,
): void {
  const expected = voxelCount(grid) * ELEMENT_BYTES[element];
  if (compressed) {
    const text = field.get('CompressedDataSize');
    if (text !== String(count)) field.refuse('CompressedDataSize', `${count}, the bytes ${where}`, printable(text));
    const most = 2 * expected + SPARE_COMPRESSED_BYTES;
    if (count > most) field.refuse('CompressedDataSize', `at most ${most} for ${expected} bytes of voxels`, `${count}`);
    return;
  }
  if (field.has('CompressedDataSize')) {
    const got = field.has('CompressedData') ? 'False' : 'a header without it';
    field.refuse('CompressedDataSize', 'CompressedData = True beside it', got);
  }
  if (count !== expected) field.refuse('voxels', `${expected} bytes ${where}`, `${count}`);
}

import type { Grid } from './geometry.ts';
import { InvalidInputError } from './invalid-input.ts';
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

/** The most voxels a volume may have unless the caller says otherwise: 128 Mi, twice SPIDER's largest. */
export const DEFAULT_MAX_VOXELS = 128 * 1024 * 1024;

/** Columns of a direction may differ from orthonormal by so much in any product. */
const ORTHONORMAL_TOLERANCE = 1e-4;
const MAX_HEADER_BYTES = 64 * 1024;

/** What an MHA header says, checked. `dataOffset` is where the voxel bytes start. */
export interface MhaHeader {
  grid: Grid;
  element: ElementType;
  compressed: boolean;
  bigEndian: boolean;
  dataOffset: number;
}

/** MetaImage's own keys that don't change how the voxels are read here. */
const IGNORED_KEYS = new Set([
  'ObjectSubType',
  'Comment',
  'Name',
  'ID',
  'ParentID',
  'CenterOfRotation',
  'AnatomicalOrientation',
  'Modality',
  'AcquisitionDate',
  'SequenceID',
  'Color',
  'TransformType',
  'ElementMin',
  'ElementMax',
  'ElementNBits',
]);

const READ_KEYS = new Set([
  'ObjectType',
  'NDims',
  'BinaryData',
  'BinaryDataByteOrderMSB',
  'ElementByteOrderMSB',
  'CompressedData',
  'CompressedDataSize',
  'TransformMatrix',
  'Rotation',
  'Orientation',
  'Offset',
  'Position',
  'Origin',
  'ElementSpacing',
  'ElementSize',
  'DistanceUnits',
  'DimSize',
  'HeaderSize',
  'ElementNumberOfChannels',
  'ElementToIntensityFunctionSlope',
  'ElementToIntensityFunctionOffset',
  'ElementType',
  'ElementDataFile',
]);

/** Keys that ITK copies from its metadata dictionary (`ITK_…`, DICOM tags `0008|0060`); skipped and never repeated. */
const METADATA_KEY = /^(ITK_[A-Za-z0-9_]+|[0-9a-fA-F]{4}\|[0-9a-fA-F]{4})$/;

/**
 * Reads and checks the header of an MHA file (MetaImage with its voxels in the same file).
 *   1. Every line is `Key = value` with a known key, once; `ElementDataFile = LOCAL` is the last.
 *   2. Three dimensions, one channel, binary, a supported element type, millimetres, no intensity function.
 *   3. Sizes, spacing, origin and direction are stated, not defaulted; sizes are positive and at most `maxVoxels` together,
 *      spacing is finite and positive, the direction is orthonormal within 1e-4 (left- and right-handed both pass).
 *   4. The bytes that follow are exactly CompressedDataSize, or exactly the voxels when not compressed.
 * MetaImage's TransformMatrix lists the index axes' unit vectors one after the other: its rows are the columns of
 * `Grid.direction`. Throws InvalidInputError, before anything is allocated, naming `name` and the header field.
 */
export function parseMhaHeader(bytes: Uint8Array, name: string, maxVoxels = DEFAULT_MAX_VOXELS): MhaHeader {
  const { fields, dataOffset } = headerLines(bytes, name);
  const field = new HeaderFields(fields, name);
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
  const compressed = field.flag('CompressedData');
  checkDataBytes(field, bytes.length - dataOffset, compressed, grid, element);
  return { grid, element, compressed, bigEndian, dataOffset };
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

function headerLines(bytes: Uint8Array, name: string): { fields: Map<string, string>; dataOffset: number } {
  const fields = new Map<string, string>();
  let at = 0;
  while (true) {
    const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(0x0a, at);
    if (end < 0) throw new InvalidInputError(name, 'ElementDataFile', 'a header that ends with it', 'no such line');
    const line = latin1(bytes.subarray(at, end)).trim();
    at = end + 1;
    const cut = line.indexOf('=');
    const key = line.slice(0, Math.max(cut, 0)).trim();
    if (cut < 0 || key === '')
      throw new InvalidInputError(name, 'header', 'lines of "Key = value"', 'a line without a key');
    if (fields.has(key)) throw new InvalidInputError(name, printable(key), 'the key once', 'the key twice');
    if (!READ_KEYS.has(key) && !IGNORED_KEYS.has(key) && !METADATA_KEY.test(key)) {
      throw new InvalidInputError(name, 'header', 'known MetaImage keys', `the key ${printable(key)}`);
    }
    fields.set(key, line.slice(cut + 1).trim());
    if (key === 'ElementDataFile') return { fields, dataOffset: at };
  }
}

/** The fields of one header; each reader names the file and the field when it refuses. */
class HeaderFields {
  constructor(
    private readonly fields: Map<string, string>,
    private readonly object: string,
  ) {}

  refuse(field: string, expected: string, got: string): never {
    throw new InvalidInputError(this.object, field, expected, got);
  }

  get(key: string): string {
    return this.fields.get(key) ?? this.refuse(key, 'the field', 'a header without it');
  }

  has(key: string): boolean {
    return this.fields.has(key);
  }

  /** The one of several names for the same thing that is present; refused when two are. */
  oneOf(...keys: [string, ...string[]]): string {
    const present = keys.filter((key) => this.fields.has(key));
    if (present.length > 1) this.refuse(keys[0], `one of ${keys.join(', ')}`, present.join(' and '));
    return present[0] ?? this.refuse(keys[0], 'the field', 'a header without it');
  }

  mustBe(key: string, allowed: readonly string[]): void {
    const value = this.get(key);
    if (!allowed.includes(value)) this.refuse(key, allowed.join(' or '), printable(value));
  }

  mayBe(key: string, allowed: readonly string[]): void {
    if (this.fields.has(key)) this.mustBe(key, allowed);
  }

  /** True or False of any one of the keys; False when absent. */
  flag(...keys: [string, ...string[]]): boolean {
    const present = keys.filter((key) => this.fields.has(key));
    for (const key of present) this.mustBe(key, ['True', 'False']);
    const values = new Set(present.map((key) => this.get(key)));
    if (values.size > 1) this.refuse(keys[0], `the same of ${keys.join(' and ')}`, 'different values');
    return values.has('True');
  }

  /** `count` finite numbers, negative zero as zero. */
  numbers(key: string, count: number): number[] {
    const text = this.get(key);
    const parts = text.split(/\s+/);
    const values = parts.map((part) => (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(part) ? Number(part) + 0 : NaN));
    if (values.length !== count || !values.every(Number.isFinite)) {
      this.refuse(key, `${count} finite numbers`, printable(text));
    }
    return values;
  }
}

function elementType(field: HeaderFields): ElementType {
  const type = field.get('ElementType').replace(/^MET_/, '');
  if (!Object.hasOwn(ELEMENT_BYTES, type)) {
    const supported = Object.keys(ELEMENT_BYTES).map((each) => `MET_${each}`);
    field.refuse('ElementType', supported.join(', '), printable(field.get('ElementType')));
  }
  field.mustBe('ElementDataFile', ['LOCAL']);
  return type as ElementType;
}

function triple(field: HeaderFields, key: string): [number, number, number] {
  const [x, y, z] = field.numbers(key, 3) as [number, number, number];
  return [x, y, z];
}

function sizes(field: HeaderFields, maxVoxels: number): [number, number, number] {
  const size = triple(field, 'DimSize');
  const voxels = size[0] * size[1] * size[2];
  if (!size.every((n) => Number.isSafeInteger(n) && n > 0)) {
    field.refuse('DimSize', '3 positive integers', printable(field.get('DimSize')));
  }
  if (voxels > maxVoxels) field.refuse('DimSize', `at most ${maxVoxels} voxels`, `${size.join(' x ')}`);
  return size;
}

function spacing(field: HeaderFields): [number, number, number] {
  const key = field.has('ElementSpacing') ? 'ElementSpacing' : 'ElementSize';
  if (!field.has(key)) field.refuse('ElementSpacing', 'the field', 'a header without it');
  const values = triple(field, key);
  if (!values.every((mm) => mm > 0)) field.refuse(key, '3 positive numbers', printable(field.get(key)));
  return values;
}

function direction(field: HeaderFields): Grid['direction'] {
  const key = field.oneOf('TransformMatrix', 'Rotation', 'Orientation');
  const rows = field.numbers(key, 9) as Grid['direction'];
  for (let i = 0; i < 3; i++) {
    for (let j = i; j < 3; j++) {
      let product = 0;
      for (let k = 0; k < 3; k++) product += rows[3 * i + k]! * rows[3 * j + k]!;
      if (!(Math.abs(product - (i === j ? 1 : 0)) <= ORTHONORMAL_TOLERANCE)) {
        field.refuse(key, 'three orthogonal unit vectors', printable(field.get(key)));
      }
    }
  }
  return [rows[0], rows[3], rows[6], rows[1], rows[4], rows[7], rows[2], rows[5], rows[8]];
}

function checkDataBytes(
  field: HeaderFields,
  left: number,
  compressed: boolean,
  grid: Grid,
  element: ElementType,
): void {
  if (compressed) {
    const text = field.get('CompressedDataSize');
    if (text !== String(left))
      field.refuse('CompressedDataSize', `${left}, the bytes after the header`, printable(text));
    return;
  }
  if (field.has('CompressedDataSize')) field.refuse('CompressedDataSize', 'CompressedData = True beside it', 'False');
  const expected = grid.size[0] * grid.size[1] * grid.size[2] * ELEMENT_BYTES[element];
  if (left !== expected) field.refuse('voxels', `${expected} bytes after the header`, `${left}`);
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A header's text as an error may show it: printable ASCII, at most 80 characters. */
function printable(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length > 80 ? `${plain.slice(0, 77)}...` : plain;
}

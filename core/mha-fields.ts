import { foreignKind } from './file-kind.ts';
import { InvalidInputError } from './invalid-input.ts';

const MAX_HEADER_BYTES = 64 * 1024;

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

/** What looks like a key; anything else isn't repeated in an error. */
const KEY = /^[\w|.:-]{1,64}$/;

/** Keys whose value may be about a person. */
const TEXT_KEY = /^(Comment|Name|ID|ParentID|AcquisitionDate|SequenceID|Modality|[0-9a-fA-F]{4}\|[0-9a-fA-F]{4})$/;

/**
 * Splits the text before the voxels into its fields, up to and including `ElementDataFile`. Throws InvalidInputError for a file
 * of another kind, a line without a key, an unknown key, a key that comes twice, a value that is read here and isn't plain ASCII,
 * and a header without an end in its first 64 KiB.
 */
export function headerLines(bytes: Uint8Array, name: string): { fields: Map<string, string>; dataOffset: number } {
  const refuse = (field: string, expected: string, got: string): never => {
    throw new InvalidInputError(name, field, expected, got);
  };
  const foreign = foreignKind(bytes);
  if (foreign !== undefined) refuse('file', 'a MetaImage header', foreign);
  const head = bytes.subarray(0, MAX_HEADER_BYTES);
  const fields = new Map<string, string>();
  let at = 0;
  for (let number = 1; ; number++) {
    const end = head.indexOf(0x0a, at);
    if (end < 0) {
      refuse('ElementDataFile', `a line within ${MAX_HEADER_BYTES} bytes`, `${number - 1} whole lines without it`);
    }
    const line = latin1(head.subarray(at, end)).replace(/\r$/, '');
    at = end + 1;
    const cut = line.indexOf('=');
    const key = trimmed(line.slice(0, cut));
    const value = trimmed(line.slice(cut + 1));
    if (cut < 0 || !KEY.test(key)) refuse('header', 'lines of "Key = value"', `line ${number} without a key`);
    if (fields.has(key)) refuse(key, 'the key once', 'the key twice');
    if (READ_KEYS.has(key)) {
      if (/[^\t\x20-\x7e]/.test(value)) refuse(key, 'plain ASCII', printable(value));
    } else if (!IGNORED_KEYS.has(key) && !METADATA_KEY.test(key)) {
      refuse('header', 'known MetaImage keys', `the key ${key}`);
    }
    fields.set(key, value);
    if (key === 'ElementDataFile') return { fields, dataOffset: at };
  }
}

/** Without the spaces and tabs around it; other white space is none in a header. */
function trimmed(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

/** The fields of a header that say nothing about geometry or voxels, by name; DICOM tags and Name may tell who a patient is. */
export function ignoredFields(bytes: Uint8Array, name: string): string[] {
  const { fields } = headerLines(bytes, name);
  return [...fields].flatMap(([key, value]) => (value !== '' && TEXT_KEY.test(key) ? [printable(key)] : []));
}

/** The fields of one header; each reader names the file and the field when it refuses. */
export class HeaderFields {
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

  /** `count` finite numbers, negative zero as zero; `kind` is what an error calls them. */
  numbers(key: string, count: number, kind = 'finite numbers'): number[] {
    const text = this.get(key);
    const parts = text.split(/[ \t]+/);
    const values = parts.map((part) => (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(part) ? Number(part) + 0 : NaN));
    if (values.length !== count || !values.every(Number.isFinite)) {
      this.refuse(key, `${count} ${kind}`, printable(text));
    }
    return values;
  }
}

/** Bytes as text, one character each. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A header's text as an error may show it: printable ASCII, at most 80 characters; `nothing` for none. */
export function printable(text: string): string {
  if (text === '') return 'nothing';
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  return plain.length > 80 ? `${plain.slice(0, 77)}...` : plain;
}

import { fromLines, headerLines, KEYS, mha, type Header } from './whole-file.ts';
import type { Damaged } from './make.ts';

const POSITIVE = '3 positive numbers';
const WHOLE = '3 positive integers';
const FINITE = '3 finite numbers';
const MATRIX = '9 finite numbers';
const UNIT = 'three orthogonal unit vectors';
const ELEMENTS = 'MET_CHAR, MET_UCHAR, MET_SHORT, MET_USHORT, MET_INT, MET_UINT, MET_FLOAT, MET_DOUBLE';
const CAP = 'at most 134217728 voxels';

/** One value of one key: file, key, value, what is expected, what came (the value itself unless given). */
const VALUES: readonly [string, string, string, string, string?][] = [
  ['object-type-tube', 'ObjectType', 'Tube', 'Image'],
  ['dimensions-2', 'NDims', '2', '3'],
  ['dimensions-4', 'NDims', '4', '3'],
  ['dimensions-100', 'NDims', '100', '3'],
  ['dimensions-negative', 'NDims', '-3', '3'],
  ['dimensions-word', 'NDims', 'three', '3'],
  ['dimensions-empty', 'NDims', '', '3', 'nothing'],
  ['voxels-as-text', 'BinaryData', 'False', 'True'],
  ['byte-order-word', 'BinaryDataByteOrderMSB', 'little', 'True or False'],
  [
    'byte-orders-contradict',
    'ElementByteOrderMSB',
    'True',
    'the same of BinaryDataByteOrderMSB and ElementByteOrderMSB',
    'different values',
  ],
  ['compressed-word', 'CompressedData', 'yes', 'True or False'],
  ['channels-3', 'ElementNumberOfChannels', '3', '1'],
  ['channels-0', 'ElementNumberOfChannels', '0', '1'],
  ['header-size', 'HeaderSize', '348', '0 or -1'],
  ['unit-centimetres', 'DistanceUnits', 'cm', 'mm or ?'],
  ['intensity-slope', 'ElementToIntensityFunctionSlope', '2', '1'],
  ['intensity-offset', 'ElementToIntensityFunctionOffset', '-1024', '0'],
  ['element-unknown', 'ElementType', 'MET_LABEL', ELEMENTS],
  ['element-64-bit', 'ElementType', 'MET_LONG_LONG', ELEMENTS],
  ['element-array', 'ElementType', 'MET_SHORT_ARRAY', ELEMENTS],
  ['element-without-prefix', 'ElementType', 'SHORT', ELEMENTS],
  ['element-lower-case', 'ElementType', 'met_short', ELEMENTS],
  ['size-zero', 'DimSize', '2 0 4', WHOLE],
  ['size-negative', 'DimSize', '2 -3 4', WHOLE],
  ['size-fraction', 'DimSize', '2 3.5 4', WHOLE],
  ['size-exponent', 'DimSize', '2 3e0 4', WHOLE],
  ['size-nan', 'DimSize', '2 nan 4', WHOLE],
  ['size-two-numbers', 'DimSize', '2 3', WHOLE],
  ['size-four-numbers', 'DimSize', '2 3 4 1', WHOLE],
  ['size-commas', 'DimSize', '2,3,4', WHOLE],
  ['size-huge', 'DimSize', '100000 100000 100000', CAP, '100000 x 100000 x 100000'],
  // 2³² + 2 is 2, the right one, to a reader that counts in 32 bits.
  ['size-over-32-bits', 'DimSize', '4294967298 3 4', CAP, '4294967298 x 3 x 4'],
  // The product is 2⁶⁶: 0 in 64 bits.
  ['size-over-64-bits', 'DimSize', '4194304 4194304 4194304', CAP, '4194304 x 4194304 x 4194304'],
  ['size-one-too-many', 'DimSize', '512 512 513', CAP, '512 x 512 x 513'],
  ['spacing-zero', 'ElementSpacing', '0.5 0 4', POSITIVE],
  ['spacing-negative', 'ElementSpacing', '0.5 -0.25 4', POSITIVE],
  ['spacing-nan', 'ElementSpacing', 'nan 0.25 4', POSITIVE],
  ['spacing-infinite', 'ElementSpacing', 'inf 0.25 4', POSITIVE],
  ['spacing-overflow', 'ElementSpacing', '1e999 0.25 4', POSITIVE],
  ['spacing-underflow', 'ElementSpacing', '1e-999 0.25 4', POSITIVE],
  ['spacing-two-numbers', 'ElementSpacing', '0.5 0.25', POSITIVE],
  ['spacing-decimal-comma', 'ElementSpacing', '0,5 0,25 4', POSITIVE],
  ['spacing-hexadecimal', 'ElementSpacing', '0x1 0.25 4', POSITIVE],
  ['element-size-negative', 'ElementSize', '0.5 0.25 -4', POSITIVE],
  ['offset-nan', 'Offset', 'nan -2 30', FINITE],
  ['offset-infinite', 'Offset', '1.5 -inf 30', FINITE],
  ['offset-overflow', 'Offset', '1.5 -1e999 30', FINITE],
  ['offset-two-numbers', 'Offset', '1.5 -2', FINITE],
  ['offset-words', 'Offset', 'left posterior superior', FINITE],
  ['direction-nan', 'TransformMatrix', '0 nan 0 0 0 -1 -1 0 0', MATRIX],
  ['direction-infinite', 'TransformMatrix', '0 inf 0 0 0 -1 -1 0 0', MATRIX],
  ['direction-four-numbers', 'TransformMatrix', '0 1 0 0', MATRIX],
  ['direction-zero', 'TransformMatrix', '0 0 0 0 0 0 0 0 0', UNIT],
  ['direction-singular', 'TransformMatrix', '0 1 0 0 1 0 -1 0 0', UNIT],
  ['direction-sheared', 'TransformMatrix', '0 1 0 0 0.01 -1 -1 0 0', UNIT],
  ['direction-scaled', 'TransformMatrix', '0 2 0 0 0 -1 -1 0 0', UNIT],
  ['voxels-in-other-file', 'ElementDataFile', 'labels.raw', 'LOCAL', 'another file'],
  ['voxels-in-list', 'ElementDataFile', 'LIST', 'LOCAL', 'LIST'],
  ['voxels-in-pattern', 'ElementDataFile', 'slice%03d.raw 1 4 1', 'LOCAL', 'another file'],
  ['voxels-nowhere', 'ElementDataFile', '', 'LOCAL', 'nothing'],
  ['key-of-nobody', 'SliceThickness', '4', 'known MetaImage keys', 'the key SliceThickness'],
];
const FIELD_OF: Record<string, string> = { SliceThickness: 'header', ElementByteOrderMSB: 'BinaryDataByteOrderMSB' };

export function headerDamage(): Damaged[] {
  return [
    ...VALUES.map(([file, key, value, expected, got]): Damaged => ({
      file,
      field: FIELD_OF[key] ?? key,
      expected,
      got: got ?? value,
      bytes: mha({ [key]: value }),
    })),
    ...KEYS.flatMap(aroundKey),
    ...doubled(),
  ];
}

/** A key that is not there, stands twice, or is misspelt. */
function aroundKey(key: string): Damaged[] {
  const name = key.replace(/[A-Z]+/g, (capitals) => `-${capitals.toLowerCase()}`).slice(1);
  const lines = headerLines();
  const at = lines.findIndex((line) => line.startsWith(`${key} = `));
  const misspelt = key[0]!.toLowerCase() + key.slice(1);
  const spelling: Damaged = {
    file: `misspelt-${name}`,
    field: 'header',
    expected: 'known MetaImage keys',
    got: `the key ${misspelt}`,
    bytes: fromLines(lines.with(at, lines[at]!.replace(key, misspelt))),
  };
  // Without its last line, or with two, a header and its voxels run into each other: data-damage.ts.
  if (key === 'ElementDataFile') return [spelling];
  const missing: Damaged = {
    file: `missing-${name}`,
    field: key,
    expected: 'the field',
    got: 'a header without it',
    bytes: mha({ [key]: null }),
  };
  if (key === 'CompressedData') {
    Object.assign(missing, { field: 'CompressedDataSize', expected: 'CompressedData = True beside it' });
  }
  const twice: Damaged = {
    file: `twice-${name}`,
    field: key,
    expected: 'the key once',
    got: 'the key twice',
    bytes: fromLines(lines.toSpliced(at, 0, lines[at]!)),
  };
  return [spelling, missing, twice];
}

/** Two keys for the same thing. */
function doubled(): Damaged[] {
  const two: [string, Header, string, string, string][] = [
    ['two-origins', { Position: '0 0 0' }, 'Offset', 'one of Offset, Position, Origin', 'Offset and Position'],
    [
      'two-directions',
      { Rotation: '1 0 0 0 1 0 0 0 1' },
      'TransformMatrix',
      'one of TransformMatrix, Rotation, Orientation',
      'TransformMatrix and Rotation',
    ],
  ];
  return two.map(([file, header, field, expected, got]) => ({ file, field, expected, got, bytes: mha(header) }));
}

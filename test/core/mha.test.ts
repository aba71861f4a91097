import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { formatMhaHeader, parseMhaHeader } from '../../core/mha.ts';

const LINES: Record<string, string> = {
  ObjectType: 'Image',
  NDims: '3',
  BinaryData: 'True',
  BinaryDataByteOrderMSB: 'False',
  CompressedData: 'False',
  TransformMatrix: '0 1 0 0 0 -1 -1 0 0',
  Offset: '1.5 -2 3e1',
  ElementSpacing: '0.5 0.25 4',
  DimSize: '2 3 4',
  ElementType: 'MET_SHORT',
  ElementDataFile: 'LOCAL',
};
const DATA = new Uint8Array(48);

/** A file with these header lines; null leaves a line out. */
function file(changes: Record<string, string | null> = {}, data = DATA): Uint8Array {
  const { ElementDataFile, ...rest } = LINES;
  const lines = Object.entries({ ...rest, ...changes, ElementDataFile: changes.ElementDataFile ?? ElementDataFile })
    .filter(([, value]) => value !== null)
    .map(([key, value]) => `${key} = ${value}\n`);
  return new Uint8Array(Buffer.concat([Buffer.from(lines.join(''), 'latin1'), data]));
}

function refusal(bytes: Uint8Array, maxVoxels?: number): { field: string; message: string } {
  try {
    parseMhaHeader(bytes, 'a.mha', maxVoxels);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    const { object, field, message } = error as InvalidInputError;
    expect(object).toBe('a.mha');
    return { field, message };
  }
  throw new Error('the header was accepted');
}

describe('parseMhaHeader', () => {
  it('reads the geometry; TransformMatrix rows are columns of the direction', () => {
    const header = parseMhaHeader(file(), 'a.mha');
    expect(header.grid).toEqual({
      size: [2, 3, 4],
      spacingMm: [0.5, 0.25, 4],
      originLpsMm: [1.5, -2, 30],
      direction: [0, 0, -1, 1, 0, 0, 0, -1, 0],
    });
    expect(header).toMatchObject({ element: 'SHORT', compressed: false, bigEndian: false });
    expect(file().length - header.dataOffset).toBe(48);
  });

  it('knows the other names of a field, Windows line ends, big endian and ITK metadata', () => {
    const other = file({
      TransformMatrix: null,
      Rotation: '1 0 0 0 1 0 0 0 1',
      Offset: null,
      Position: '-0 0 0',
      ElementSpacing: null,
      ElementSize: '1 1 1',
      BinaryDataByteOrderMSB: null,
      ElementByteOrderMSB: 'True',
      ITK_InputFilterName: 'x',
      '0008|0060': 'MR',
    });
    const windows = new Uint8Array(
      Buffer.concat([
        Buffer.from(Buffer.from(other.subarray(0, -48)).toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
        DATA,
      ]),
    );
    const header = parseMhaHeader(windows, 'a.mha');
    expect(header.bigEndian).toBe(true);
    expect(header.grid.originLpsMm).toEqual([0, 0, 0]);
    expect(header.grid.spacingMm).toEqual([1, 1, 1]);
  });

  it('accepts left-handed directions', () => {
    expect(parseMhaHeader(file({ TransformMatrix: '-1 0 0 0 1 0 0 0 1' }), 'a.mha').grid.direction[0]).toBe(-1);
  });

  const REFUSED: [string, Record<string, string | null>, string][] = [
    ['four dimensions', { NDims: '4' }, 'NDims'],
    ['a hundred dimensions', { NDims: '100' }, 'NDims'],
    ['not an image', { ObjectType: 'Tube' }, 'ObjectType'],
    ['text voxels', { BinaryData: 'False' }, 'BinaryData'],
    ['several channels', { ElementNumberOfChannels: '5' }, 'ElementNumberOfChannels'],
    ['an unsupported element', { ElementType: 'MET_LONG' }, 'ElementType'],
    ['an element named like an object property', { ElementType: 'MET_toString' }, 'ElementType'],
    ['voxels elsewhere', { ElementDataFile: 'a.raw' }, 'ElementDataFile'],
    ['zero size', { DimSize: '2 0 4' }, 'DimSize'],
    ['negative size', { DimSize: '2 -3 4' }, 'DimSize'],
    ['fractional size', { DimSize: '2 3.5 4' }, 'DimSize'],
    ['two sizes', { DimSize: '2 3' }, 'DimSize'],
    ['a huge volume', { DimSize: '100000 100000 100000' }, 'DimSize'],
    ['NaN spacing', { ElementSpacing: 'nan 1 1' }, 'ElementSpacing'],
    ['infinite spacing', { ElementSpacing: '1e999 1 1' }, 'ElementSpacing'],
    ['zero spacing', { ElementSpacing: '1 0 1' }, 'ElementSpacing'],
    ['negative spacing', { ElementSpacing: '1 -1 1' }, 'ElementSpacing'],
    ['no spacing', { ElementSpacing: null }, 'ElementSpacing'],
    ['hexadecimal spacing', { ElementSpacing: '0x1 1 1' }, 'ElementSpacing'],
    ['singular direction', { TransformMatrix: '1 0 0 1 0 0 0 0 1' }, 'TransformMatrix'],
    ['sheared direction', { TransformMatrix: '1 0.01 0 0 1 0 0 0 1' }, 'TransformMatrix'],
    ['scaled direction', { TransformMatrix: '2 0 0 0 1 0 0 0 1' }, 'TransformMatrix'],
    ['NaN direction', { TransformMatrix: 'NaN 0 0 0 1 0 0 0 1' }, 'TransformMatrix'],
    ['no direction', { TransformMatrix: null }, 'TransformMatrix'],
    ['two directions', { Rotation: '1 0 0 0 1 0 0 0 1' }, 'TransformMatrix'],
    ['no origin', { Offset: null }, 'Offset'],
    ['centimetres', { DistanceUnits: 'cm' }, 'DistanceUnits'],
    ['an intensity slope', { ElementToIntensityFunctionSlope: '2' }, 'ElementToIntensityFunctionSlope'],
    ['a compressed stream of unstated size', { CompressedData: 'True' }, 'CompressedDataSize'],
    ['a compressed size one off', { CompressedData: 'True', CompressedDataSize: '47' }, 'CompressedDataSize'],
    ['neither True nor False', { CompressedData: 'yes' }, 'CompressedData'],
    ['an unknown key', { Colour: 'red' }, 'header'],
  ];
  it.each(REFUSED)('refuses %s', (_, changes, field) => {
    expect(refusal(file(changes)).field).toBe(field);
  });

  it('refuses too few and too many bytes', () => {
    expect(refusal(file({}, DATA.subarray(1))).message).toBe(
      'a.mha: voxels: expected 48 bytes after the header, got 47',
    );
    expect(refusal(file({}, new Uint8Array(49))).field).toBe('voxels');
  });

  it('refuses a compressed stream that is longer than any program makes of so few voxels', () => {
    const most = 2 * DATA.length + 64 * 1024;
    const compressed = (count: number): Uint8Array =>
      file({ CompressedData: 'True', CompressedDataSize: `${count}` }, new Uint8Array(count));
    expect(parseMhaHeader(compressed(most), 'a.mha').compressed).toBe(true);
    expect(refusal(compressed(most + 1)).message).toBe(
      `a.mha: CompressedDataSize: expected at most ${most} for 48 bytes of voxels, got ${most + 1}`,
    );
  });

  it('refuses what has no header', () => {
    expect(refusal(new Uint8Array(0)).message).toBe('a.mha: file: expected a MetaImage header, got an empty file');
    expect(refusal(new Uint8Array(200_000).fill(65)).field).toBe('ElementDataFile');
    expect(refusal(new TextEncoder().encode('hello\nworld\n')).field).toBe('header');
    expect(refusal(new TextEncoder().encode('NDims = 3\nNDims = 3\n')).field).toBe('NDims');
  });

  it('refuses more voxels than the caller allows', () => {
    expect(parseMhaHeader(file(), 'a.mha', 24).element).toBe('SHORT');
    expect(refusal(file(), 23).message).toBe('a.mha: DimSize: expected at most 23 voxels, got 2 x 3 x 4');
  });

  it('does not repeat what stands in metadata', () => {
    const { message } = refusal(file({ '0010|0010': 'Doe^Jane', Comment: 'Jane', DimSize: '0 0 0' }));
    expect(message).not.toContain('Jane');
  });
});

describe('formatMhaHeader', () => {
  it('writes what parseMhaHeader reads, to the last bit', () => {
    const { grid } = parseMhaHeader(file({ Offset: '0.1 4.8970000146627916e-12 -1e21' }), 'a.mha');
    const text = formatMhaHeader(grid, 'UINT', 0);
    const again = parseMhaHeader(new TextEncoder().encode(text), 'a.mha');
    expect(again.grid).toEqual(grid);
    expect(again.element).toBe('UINT');
  });
});

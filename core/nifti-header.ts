import { DEFAULT_MAX_VOXELS } from './grid-check.ts';
import { InvalidInputError } from './invalid-input.ts';

/** Bytes of the header itself; voxels start at 352 or later. */
export const NIFTI_HEADER_BYTES = 348;

/** Scalar NIfTI datatypes and their bytes a voxel. */
const DATATYPE_BYTES: Record<number, number> = {
  2: 1,
  4: 2,
  8: 4,
  16: 4,
  64: 8,
  256: 1,
  512: 2,
  768: 4,
  1024: 8,
  1280: 8,
};
const MILLIMETRES = 2;
const MICROMETRES_MASK = 7;

export interface NiftiHeader {
  /** How long the file must be when not compressed. */
  fileBytes: number;
  littleEndian: boolean;
  /** Text fields that hold something and are not kept. */
  texts: string[];
}

/**
 * Checks a NIfTI-1 header before a library sees the file: single file, three dimensions (more only of length 1), one component, a
 * scalar datatype, at most `maxVoxels`, millimetres (or no unit), finite positive spacing, a stated qform or sform with finite
 * numbers. Throws InvalidInputError naming `name` and the header's field.
 */
export function parseNiftiHeader(bytes: Uint8Array, name: string, maxVoxels = DEFAULT_MAX_VOXELS): NiftiHeader {
  const refuse = (field: string, expected: string, got: string): never => {
    throw new InvalidInputError(name, field, expected, got);
  };
  if (bytes.length < NIFTI_HEADER_BYTES) refuse('header', `${NIFTI_HEADER_BYTES} bytes`, `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, NIFTI_HEADER_BYTES);
  const littleEndian = view.getInt32(0, true) === NIFTI_HEADER_BYTES;
  if (!littleEndian && view.getInt32(0, false) !== NIFTI_HEADER_BYTES) refuse('sizeof_hdr', '348 (NIfTI-1)', 'another');
  const short = (at: number): number => view.getInt16(at, littleEndian);
  const float = (at: number): number => view.getFloat32(at, littleEndian);
  const floats = (at: number, count: number): number[] => Array.from({ length: count }, (_, i) => float(at + 4 * i));
  if (text(bytes, 344, 4) !== 'n+1') refuse('magic', 'n+1 (header and voxels in one file)', 'another');

  const dim = Array.from({ length: 8 }, (_, i) => short(40 + 2 * i));
  const size = dim.slice(1, 4);
  const further = dim.slice(4, 1 + dim[0]!).filter((n) => n !== 1);
  if (dim[0]! < 3 || dim[0]! > 7 || further.length > 0) refuse('dim', 'three dimensions', dim.join(' '));
  if (!size.every((n) => n > 0)) refuse('dim', '3 positive integers', size.join(' '));
  const voxels = size.reduce((product, n) => product * n, 1);
  if (voxels > maxVoxels) refuse('dim', `at most ${maxVoxels} voxels`, size.join(' x '));
  const datatype = short(70);
  const voxelBytes = DATATYPE_BYTES[datatype] ?? refuse('datatype', 'scalar numbers', `${datatype}`);
  if (short(72) !== 8 * voxelBytes) refuse('bitpix', `${8 * voxelBytes}`, `${short(72)}`);

  const spacing = floats(80, 3);
  if (!spacing.every((mm) => Number.isFinite(mm) && mm > 0)) refuse('pixdim', '3 positive numbers', spacing.join(' '));
  const unit = bytes[123]! & MICROMETRES_MASK;
  if (unit !== 0 && unit !== MILLIMETRES) refuse('xyzt_units', 'millimetres', `unit ${unit}`);
  if (short(252) <= 0 && short(254) <= 0) refuse('qform_code, sform_code', 'one above 0', 'a grid without a place');
  if (short(252) > 0 && !floats(256, 6).every(Number.isFinite)) refuse('quatern', 'finite numbers', 'others');
  if (short(254) > 0 && !floats(280, 12).every(Number.isFinite)) refuse('srow', 'finite numbers', 'others');
  if (![float(112), float(116)].every(Number.isFinite)) refuse('scl_slope, scl_inter', 'finite numbers', 'others');

  const offset = float(108);
  if (!(Number.isInteger(offset) && offset >= 352 && offset <= 1_000_000))
    refuse('vox_offset', '352 or more', `${offset}`);
  return { fileBytes: offset + voxels * voxelBytes, littleEndian, texts: filledTexts(bytes) };
}

function filledTexts(bytes: Uint8Array): string[] {
  const fields: [string, number, number][] = [
    ['data_type', 4, 10],
    ['db_name', 14, 18],
    ['descrip', 148, 80],
    ['aux_file', 228, 24],
    ['intent_name', 328, 16],
  ];
  return fields.filter(([, at, length]) => text(bytes, at, length) !== '').map(([field]) => field);
}

function text(bytes: Uint8Array, at: number, length: number): string {
  const part = bytes.subarray(at, at + length);
  const end = part.indexOf(0);
  return String.fromCharCode(...part.subarray(0, end < 0 ? length : end)).trim();
}

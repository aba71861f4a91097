import type { Grid } from './geometry.ts';
import { indexToLps } from './geometry.ts';
import { InvalidInputError } from './invalid-input.ts';
import type { ElementType } from './volume.ts';

/** Where voxels start: the header and four bytes that say that no extension follows. */
export const NIFTI_VOXELS_AT = 352;

const DATATYPE: Record<ElementType, { code: number; bits: number }> = {
  CHAR: { code: 256, bits: 8 },
  UCHAR: { code: 2, bits: 8 },
  SHORT: { code: 4, bits: 16 },
  USHORT: { code: 512, bits: 16 },
  INT: { code: 8, bits: 32 },
  UINT: { code: 768, bits: 32 },
  FLOAT: { code: 16, bits: 32 },
  DOUBLE: { code: 64, bits: 64 },
};
/** The coordinates are those of the scanner, i.e. of the patient. */
const SCANNER = 1;
const MILLIMETRES = 2;
/** NIfTI has 32 bits for geometry: no voxel may be farther from its place. */
const TOLERANCE_MM = 0.01;
const MOST_VOXELS_AN_AXIS = 32767;

/** Row by row, in NIfTI's RAS millimetres. */
type Matrix = [number, number, number, number, number, number, number, number, number];

/**
 * The first 352 bytes of a NIfTI-1 file, little-endian: geometry as both quaternion (left-handed grids with qfac −1) and affine
 * (first two rows of LPS negated), rounded to 32 bits, and nothing else. Throws InvalidInputError naming `name` where that moves a
 * corner of the volume by more than 0.01 mm, and for an axis too long.
 */
export function formatNiftiHeader(grid: Grid, element: ElementType, name: string): Uint8Array {
  const { size, spacingMm, originLpsMm } = grid;
  const longest = Math.max(...size);
  if (longest > MOST_VOXELS_AN_AXIS) {
    throw new InvalidInputError(
      name,
      'size',
      `at most ${MOST_VOXELS_AN_AXIS} voxels an axis, as NIfTI has it`,
      `${longest}`,
    );
  }
  const rotation = grid.direction.map((cosine, at) => (at < 6 ? -cosine : cosine)) as Matrix;
  const originRas = [-originLpsMm[0], -originLpsMm[1], originLpsMm[2]];
  const affine = [0, 1, 2].map((row) => [
    ...[0, 1, 2].map((column) => Math.fround(rotation[3 * row + column]! * spacingMm[column]!)),
    Math.fround(originRas[row]!),
  ]);
  refuseMoved(grid, affine, name);

  const bytes = new Uint8Array(NIFTI_VOXELS_AT);
  const view = new DataView(bytes.buffer);
  const shorts = (at: number, values: readonly number[]) =>
    values.forEach((value, i) => view.setInt16(at + 2 * i, value, true));
  const floats = (at: number, values: readonly number[]) =>
    values.forEach((value, i) => view.setFloat32(at + 4 * i, value, true));
  const { quaternion, qfac } = quaternionOf(rotation);
  view.setInt32(0, 348, true);
  shorts(40, [3, ...size, 1, 1, 1, 1]);
  shorts(70, [DATATYPE[element].code, DATATYPE[element].bits]);
  floats(76, [qfac, ...spacingMm]);
  floats(108, [NIFTI_VOXELS_AT, 1, 0]); // voxels' offset; intensities are as they are
  bytes[123] = MILLIMETRES;
  shorts(252, [SCANNER, SCANNER]);
  floats(256, [...quaternion, ...originRas]);
  floats(280, affine.flat());
  bytes.set(new TextEncoder().encode('n+1'), 344);
  return bytes;
}

function refuseMoved(grid: Grid, affine: readonly number[][], name: string): void {
  for (let corner = 0; corner < 8; corner++) {
    const index = grid.size.map((n, axis) => (corner & (1 << axis) ? n - 1 : 0)) as [number, number, number];
    const [x, y, z] = indexToLps(grid, index);
    const written = affine.map((row) => row[0]! * index[0] + row[1]! * index[1] + row[2]! * index[2] + row[3]!);
    const movedMm = Math.hypot(written[0]! + x, written[1]! + y, written[2]! - z);
    if (movedMm <= TOLERANCE_MM) continue;
    throw new InvalidInputError(
      name,
      'grid',
      `voxels within ${TOLERANCE_MM} mm when rounded to 32 bits`,
      `${movedMm} mm`,
    );
  }
}

/** A rotation as NIfTI has it: b, c and d of a unit quaternion with a ≥ 0; a left-handed one with its third column turned and qfac −1. */
function quaternionOf(rotation: Matrix): { quaternion: [number, number, number]; qfac: 1 | -1 } {
  const [r11, r12, left13, r21, r22, left23, r31, r32, left33] = rotation;
  const determinant =
    r11 * (r22 * left33 - left23 * r32) - r12 * (r21 * left33 - left23 * r31) + left13 * (r21 * r32 - r22 * r31);
  const qfac = determinant < 0 ? -1 : 1;
  const [r13, r23, r33] = [left13 * qfac, left23 * qfac, left33 * qfac];
  // The largest of the four is found by its square, and the others follow from it.
  const squares = [1 + r11 + r22 + r33, 1 + r11 - r22 - r33, 1 - r11 + r22 - r33, 1 - r11 - r22 + r33];
  const largest = squares.indexOf(Math.max(...squares));
  const twice = Math.sqrt(squares[largest]!);
  const rows = [
    [twice, (r32 - r23) / twice, (r13 - r31) / twice, (r21 - r12) / twice],
    [(r32 - r23) / twice, twice, (r12 + r21) / twice, (r13 + r31) / twice],
    [(r13 - r31) / twice, (r12 + r21) / twice, twice, (r23 + r32) / twice],
    [(r21 - r12) / twice, (r13 + r31) / twice, (r23 + r32) / twice, twice],
  ];
  const [a, b, c, d] = rows[largest]! as [number, number, number, number];
  const sign = a < 0 ? -0.5 : 0.5;
  return { quaternion: [sign * b, sign * c, sign * d], qfac };
}

import type { Grid } from '../../core/geometry.ts';
import type { ElementType, Volume } from '../../core/volume.ts';

const HEADER_BYTES = 352;

/** NIfTI-1 datatype codes. */
const DATATYPES: Record<ElementType, number> = {
  CHAR: 256,
  UCHAR: 2,
  SHORT: 4,
  USHORT: 512,
  INT: 8,
  UINT: 768,
  FLOAT: 16,
  DOUBLE: 64,
};

/**
 * The volume as an uncompressed NIfTI-1 file, for a viewer only: its affine is single precision, so nothing that is stored may
 * come from it. Voxels keep their order and type; the affine is the grid's in RAS.
 */
export function niftiOf({ grid, element, voxels }: Volume): ArrayBuffer {
  const file = new Uint8Array(HEADER_BYTES + voxels.byteLength);
  const header = new DataView(file.buffer);
  header.setInt32(0, 348, true);
  [3, ...grid.size, 1, 1, 1, 1].forEach((n, i) => header.setInt16(40 + 2 * i, n, true));
  header.setInt16(70, DATATYPES[element], true);
  header.setInt16(72, 8 * voxels.BYTES_PER_ELEMENT, true);
  [1, ...grid.spacingMm, 0, 0, 0, 0].forEach((mm, i) => header.setFloat32(76 + 4 * i, mm, true));
  header.setFloat32(108, HEADER_BYTES, true); // vox_offset
  header.setFloat32(112, 1, true); // scl_slope
  header.setUint8(123, 2); // millimetres
  header.setInt16(254, 1, true); // sform_code: scanner
  rasRows(grid).forEach((value, i) => header.setFloat32(280 + 4 * i, value, true));
  file.set(new TextEncoder().encode('n+1'), 344);
  file.set(new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength), HEADER_BYTES);
  return file.buffer;
}

/** Three rows of index → RAS millimetres: LPS with the first two negated. */
function rasRows({ direction: d, spacingMm: s, originLpsMm: o }: Grid): number[] {
  const row = (r: 0 | 1 | 2, sign: 1 | -1) => [...[0, 1, 2].map((c) => sign * d[3 * r + c]! * s[c]!), sign * o[r]];
  return [...row(0, -1), ...row(1, -1), ...row(2, 1)];
}

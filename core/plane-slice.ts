import type { Grid } from './geometry.ts';
import { lpsAxisOf } from './orientation.ts';
import type { Voxels } from './volume.ts';

export type Plane = 'sagittal' | 'coronal' | 'axial';

/** How to read one slice out of a volume, by strides. */
export interface PlaneSlice {
  /** Columns and rows. */
  width: number;
  height: number;
  columnMm: number;
  rowMm: number;
  /** voxels[first + column·columnStep + row·rowStep] */
  first: number;
  columnStep: number;
  rowStep: number;
}

/** The LPS axis (0 to the left, 1 to the back, 2 to the head) that lies across a plane, along its columns and down its rows; rows grow that way or against it. */
const PLANES = {
  sagittal: { across: 0, columns: 1, rows: 2, rowSign: -1 },
  coronal: { across: 1, columns: 0, rows: 2, rowSign: -1 },
  axial: { across: 2, columns: 0, rows: 1, rowSign: 1 },
} as const;

/** The index axis (0 x, 1 y, 2 z) that runs across a plane. */
export function axisAcross(grid: Grid, plane: Plane): 0 | 1 | 2 {
  return lpsAxisOf(grid).findIndex(({ axis }) => axis === PLANES[plane].across) as 0 | 1 | 2;
}

/**
 * Slice number `index` along the axis across a plane, as radiologists look at it: sagittal from the patient's left (front at the
 * left, head at the top), coronal and axial with the patient's right at the left (head, or front, at the top). On an oblique
 * grid it is the slice of the grid that comes closest.
 */
export function planeSlice(grid: Grid, plane: Plane, index: number): PlaneSlice {
  const { size, spacingMm } = grid;
  const { columns: columnsLps, rows: rowsLps, rowSign } = PLANES[plane];
  const axes = lpsAxisOf(grid);
  const strides = [1, size[0], size[0] * size[1]] as const;
  const indexOf = (lps: number): 0 | 1 | 2 => axes.findIndex(({ axis }) => axis === lps) as 0 | 1 | 2;
  const [columns, rows] = [indexOf(columnsLps), indexOf(rowsLps)];
  const columnsForward = axes[columns].sign > 0;
  const rowsForward = axes[rows].sign === rowSign;
  const first =
    index * strides[axisAcross(grid, plane)] +
    (columnsForward ? 0 : (size[columns] - 1) * strides[columns]) +
    (rowsForward ? 0 : (size[rows] - 1) * strides[rows]);
  return {
    width: size[columns],
    height: size[rows],
    columnMm: spacingMm[columns],
    rowMm: spacingMm[rows],
    first,
    columnStep: columnsForward ? strides[columns] : -strides[columns],
    rowStep: rowsForward ? strides[rows] : -strides[rows],
  };
}

/** A slice's values, row by row. */
export function sliceValues(voxels: Voxels, slice: PlaneSlice): Float32Array {
  const values = new Float32Array(slice.width * slice.height);
  for (let row = 0, to = 0; row < slice.height; row++) {
    let at = slice.first + row * slice.rowStep;
    for (let column = 0; column < slice.width; column++, to++, at += slice.columnStep) values[to] = voxels[at]!;
  }
  return values;
}

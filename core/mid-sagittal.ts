import { lpsAxisOf } from './orientation.ts';
import { CANAL } from './labels.ts';
import { boundingBoxes, jointBox, type Box } from './structures.ts';
import type { Mask, Voxels } from './volume.ts';

/** How to read one sagittal slice out of a volume, seen from the patient's left: front at the left, head at the top. */
export interface SagittalSlice {
  /** Columns (front to back) and rows (head to feet). */
  width: number;
  height: number;
  columnMm: number;
  rowMm: number;
  /** voxels[first + column·columnStep + row·rowStep] */
  first: number;
  columnStep: number;
  rowStep: number;
}

/**
 * The sagittal slice through the middle of the canal, without one through the middle of all structures, without any through
 * the middle of the volume. On an oblique grid it is the slice of the grid that comes closest.
 */
export function midSagittalSlice(mask: Mask): SagittalSlice {
  const { size, spacingMm } = mask.grid;
  const axes = lpsAxisOf(mask.grid);
  const strides = [1, size[0], size[0] * size[1]];
  const indexOf = (lps: 0 | 1 | 2): number => axes.findIndex(({ axis }) => axis === lps);
  const [across, columns, rows] = [indexOf(0), indexOf(1), indexOf(2)] as [number, number, number];
  // LPS grows to the back and to the head: columns go along, rows go against.
  const forward = axes[columns]!.sign > 0;
  const upward = axes[rows]!.sign > 0;
  const slice = middle(mask, across);
  const columnStep = forward ? strides[columns]! : -strides[columns]!;
  const rowStep = upward ? -strides[rows]! : strides[rows]!;
  const first =
    slice * strides[across]! +
    (forward ? 0 : (size[columns]! - 1) * strides[columns]!) +
    (upward ? (size[rows]! - 1) * strides[rows]! : 0);
  return {
    width: size[columns]!,
    height: size[rows]!,
    columnMm: spacingMm[columns]!,
    rowMm: spacingMm[rows]!,
    first,
    columnStep,
    rowStep,
  };
}

/** The slice's values, row by row. */
export function sliceValues(voxels: Voxels, slice: SagittalSlice): Float32Array {
  const values = new Float32Array(slice.width * slice.height);
  for (let row = 0, to = 0; row < slice.height; row++) {
    let at = slice.first + row * slice.rowStep;
    for (let column = 0; column < slice.width; column++, to++, at += slice.columnStep) values[to] = voxels[at]!;
  }
  return values;
}

function middle(mask: Mask, axis: number): number {
  const boxes = boundingBoxes(mask);
  const canal = boxes.get(CANAL);
  if (canal) return Math.round(canal.centre[axis]!);
  const all = [...boxes.values()].reduce<Box | null>((joint, box) => (joint ? jointBox(joint, box) : box), null);
  return all ? Math.floor((all.min[axis]! + all.max[axis]!) / 2) : Math.floor(mask.grid.size[axis]! / 2);
}

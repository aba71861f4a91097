import { PNG } from 'pngjs';
import { completeLabel } from '../../core/labels.ts';
import { midSagittalSlice } from '../../core/mid-sagittal.ts';
import { sliceValues, type PlaneSlice } from '../../core/plane-slice.ts';
import type { Mask, Volume } from '../../core/volume.ts';

export interface ComparisonPicture {
  png: Uint8Array;
  width: number;
  height: number;
}

/** About the height of a picture; pixels are square and at least one a voxel. */
const HEIGHT = 480;
const MARGIN_MM = 8;
const OUTLINE = 2;
/** Okabe and Ito's blue-green and orange: told apart by colour-blind readers, and on grey. */
export const REFERENCE_COLOUR = [0, 200, 150] as const;
export const PREDICTION_COLOUR = [255, 140, 0] as const;

/**
 * Draws a sagittal slice (the middle one by default) with the outlines of every structure of both masks, the prediction's over the reference's,
 * cropped to what both hold. Shades behind them come from the image, or, without one, from the reference's structures.
 * All volumes are on one grid.
 */
export function drawComparison(
  reference: Mask,
  prediction: Mask,
  image: Volume | null,
  slice: PlaneSlice = midSagittalSlice(reference),
): ComparisonPicture {
  const masks = [reference, prediction].map((mask) => sliceValues(mask.voxels, slice).map(completeLabel));
  const [own, predicted] = masks as [Float32Array, Float32Array];
  const frame = frameAround(slice, own, predicted);
  const shades = image ? greyLevels(sliceValues(image.voxels, slice)) : own.map((label) => (label === 0 ? 0 : 60));
  const columns = sampling(frame.left, frame.right, slice.columnMm, frame.pixelMm);
  const rows = sampling(frame.top, frame.bottom, slice.rowMm, frame.pixelMm);
  const png = new PNG({ width: columns.length, height: rows.length });
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const at = row * slice.width + column;
      // An outline is two pixels wide: something else begins at most that far to the right or below.
      const right = row * slice.width + columns[Math.min(x + OUTLINE, columns.length - 1)]!;
      const below = rows[Math.min(y + OUTLINE, rows.length - 1)]! * slice.width + column;
      const onEdge = (labels: Float32Array): boolean => labels[at] !== labels[right] || labels[at] !== labels[below];
      const grey = shades[at]!;
      const colour = onEdge(predicted) ? PREDICTION_COLOUR : onEdge(own) ? REFERENCE_COLOUR : [grey, grey, grey];
      png.data.set([...colour, 255], 4 * (y * columns.length + x));
    });
  });
  return { png: new Uint8Array(PNG.sync.write(png)), width: columns.length, height: rows.length };
}

interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
  pixelMm: number;
}

/** The part of the slice that shows both masks, with a margin; all of it when both are empty there. */
function frameAround(slice: PlaneSlice, own: Float32Array, predicted: Float32Array): Frame {
  let [left, right, top, bottom] = [slice.width, -1, slice.height, -1];
  own.forEach((label, at) => {
    if (label === 0 && predicted[at] === 0) return;
    const column = at % slice.width;
    const row = Math.floor(at / slice.width);
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  });
  if (right < 0) [left, right, top, bottom] = [0, slice.width - 1, 0, slice.height - 1];
  const [wide, high] = [Math.ceil(MARGIN_MM / slice.columnMm), Math.ceil(MARGIN_MM / slice.rowMm)];
  const frame = {
    left: Math.max(0, left - wide),
    right: Math.min(slice.width - 1, right + wide),
    top: Math.max(0, top - high),
    bottom: Math.min(slice.height - 1, bottom + high),
  };
  return { ...frame, pixelMm: ((frame.bottom - frame.top + 1) * slice.rowMm) / HEIGHT };
}

/** The voxel under each pixel, from the first voxel to the last. */
function sampling(first: number, last: number, voxelMm: number, pixelMm: number): number[] {
  const pixels = Math.max(1, Math.round(((last - first + 1) * voxelMm) / pixelMm));
  return Array.from({ length: pixels }, (_, pixel) => Math.min(last, first + Math.floor((pixel * pixelMm) / voxelMm)));
}

/** Shades 0–255 between the 1st and 99th percentile. */
function greyLevels(values: Float32Array): Float32Array {
  const sorted = values.slice().sort();
  const low = sorted[Math.floor(sorted.length * 0.01)]!;
  const high = sorted[Math.floor(sorted.length * 0.99)]!;
  return values.map((value) => Math.round((255 * Math.min(Math.max(value - low, 0), high - low)) / (high - low || 1)));
}

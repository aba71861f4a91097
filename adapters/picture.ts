import { PNG } from 'pngjs';
import { InvalidInputError } from '../core/invalid-input.ts';
import { labelColour } from '../core/label-colours.ts';
import { CANAL, isDisc } from '../core/labels.ts';
import { sameGrid } from '../core/orientation.ts';
import { axisAcross, planeSlice, sliceValues, type Plane, type PlaneSlice } from '../core/plane-slice.ts';
import { boundingBoxes, jointBox, type Box } from '../core/structures.ts';
import type { Mask, Volume, Voxels } from '../core/volume.ts';
import { drawLetter } from './picture-letters.ts';

export interface PictureOptions {
  /** The voxel index (x, y, z) that all three slices go through; by default the middle of canal and discs, or of what the mask holds, or of the volume. */
  through?: readonly [number, number, number];
  /** Percentiles of the intensities that become black and white; 1 and 99 by default. */
  windowPercent?: readonly [number, number];
  /** Height of the sagittal slice in pixels; 512 by default. */
  heightPx?: number;
  /** How much of a pixel inside a structure is its colour, 0 to 1; 0.35 by default. Outlines are opaque. */
  opacity?: number;
}

const PLANES: readonly { plane: Plane; left: string; right: string }[] = [
  { plane: 'sagittal', left: 'A', right: 'P' },
  { plane: 'coronal', left: 'R', right: 'L' },
  { plane: 'axial', left: 'R', right: 'L' },
];
const GAP_PX = 6;
const MOST_PX = 4096;

/**
 * Draws three orthogonal slices side by side, sagittal, coronal, axial, as a PNG: pixels are square millimetres of the patient on one
 * scale, oriented as radiologists look at them (the patient's right at the left, A/P and R/L marked), structures of the mask in
 * their colours (core/label-colours.ts) with an outline.
 * Throws InvalidInputError when the mask is on another grid, and for options out of range.
 */
export function renderPicture(image: Volume, mask: Mask | null = null, options: PictureOptions = {}): Uint8Array {
  const { windowPercent = [1, 99], heightPx = 512, opacity = 0.35 } = options;
  const through = options.through ?? middle(image, mask);
  checkPicture(image, mask, through, windowPercent, heightPx);
  const window = intensityWindow(image.voxels, windowPercent);
  const slices = PLANES.map(({ plane }) => planeSlice(image.grid, plane, through[axisAcross(image.grid, plane)]));
  const pixelMm = (slices[0]!.height * slices[0]!.rowMm) / heightPx;
  const panels = slices.map((slice) => drawPanel(slice, image, mask, { pixelMm, window, opacity }));
  for (const [at, { left, right }] of PLANES.entries()) {
    drawLetter(panels[at]!, left, 4);
    drawLetter(panels[at]!, right, -4);
  }
  const width = panels.reduce((sum, panel) => sum + panel.width, GAP_PX * (panels.length - 1));
  const height = Math.max(...panels.map((panel) => panel.height));
  const picture = blackPng(width, height);
  let left = 0;
  for (const panel of panels) {
    PNG.bitblt(panel, picture, 0, 0, panel.width, panel.height, left, 0);
    left += panel.width + GAP_PX;
  }
  return new Uint8Array(PNG.sync.write(picture));
}

/**
 * Draws the middle sagittal slice alone, small, as a PNG: to know a series again in a list. Looks at no other slice, so it takes some
 * milliseconds once the volumes are decoded. Throws InvalidInputError when the mask is on another grid.
 */
export function renderThumbnail(image: Volume, mask: Mask | null, heightPx = 160): Uint8Array {
  const across = axisAcross(image.grid, 'sagittal');
  const middleSlice = Math.floor(image.grid.size[across] / 2);
  checkPicture(image, mask, [0, 0, 0], [1, 99], heightPx);
  const slice = planeSlice(image.grid, 'sagittal', middleSlice);
  const window = intensityWindow(sliceValues(image.voxels, slice), [1, 99]);
  const pixelMm = (slice.height * slice.rowMm) / heightPx;
  return new Uint8Array(PNG.sync.write(drawPanel(slice, image, mask, { pixelMm, window, opacity: 0.4 })));
}

function checkPicture(
  image: Volume,
  mask: Mask | null,
  through: readonly number[],
  [low, high]: readonly [number, number],
  heightPx: number,
): void {
  const refuse = (field: string, expected: string, got: string): never => {
    throw new InvalidInputError('picture', field, expected, got);
  };
  if (mask) {
    const compared = sameGrid(image.grid, mask.grid);
    if (!compared.same) refuse(`mask ${compared.field}`, compared.expected, compared.got);
  }
  if (!through.every((n, axis) => Number.isInteger(n) && n >= 0 && n < image.grid.size[axis]!)) {
    refuse('through', `an index within ${image.grid.size.join(' x ')}`, through.join(' '));
  }
  if (!(low >= 0 && low < high && high <= 100)) refuse('windowPercent', '0 to 100, ascending', `${low} ${high}`);
  if (!(Number.isInteger(heightPx) && heightPx >= 16 && heightPx <= MOST_PX)) {
    refuse('heightPx', `16 to ${MOST_PX}`, `${heightPx}`);
  }
}

function drawPanel(
  slice: PlaneSlice,
  image: Volume,
  mask: Mask | null,
  { pixelMm, window, opacity }: { pixelMm: number; window: readonly [number, number]; opacity: number },
): PNG {
  const width = clampedPixels(slice.width * slice.columnMm, pixelMm);
  const height = clampedPixels(slice.height * slice.rowMm, pixelMm);
  const values = sliceValues(image.voxels, slice);
  const labels = mask && sliceValues(mask.voxels, slice);
  const [low, high] = window;
  const png = blackPng(width, height);
  const labelAt = (x: number, y: number): number => {
    if (!labels || x < 0 || y < 0 || x >= width || y >= height) return 0;
    const column = Math.min(slice.width - 1, Math.floor(((x + 0.5) / width) * slice.width));
    return labels[Math.min(slice.height - 1, Math.floor(((y + 0.5) / height) * slice.height)) * slice.width + column]!;
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = ((x + 0.5) / width) * slice.width - 0.5;
      const row = ((y + 0.5) / height) * slice.height - 0.5;
      const value = bilinear(values, slice.width, slice.height, column, row);
      const grey = (255 * (Math.min(Math.max(value, low), high) - low)) / (high - low || 1);
      const label = labelAt(x, y);
      const edge = label !== 0 && [labelAt(x - 1, y), labelAt(x + 1, y), labelAt(x, y - 1), labelAt(x, y + 1)];
      const share = label === 0 ? 0 : edge && edge.some((other) => other !== label) ? 1 : opacity;
      const colour = labelColour(label);
      for (const channel of [0, 1, 2] as const) {
        png.data[4 * (y * width + x) + channel] = Math.round((1 - share) * grey + share * colour[channel]);
      }
    }
  }
  return png;
}

function clampedPixels(mm: number, pixelMm: number): number {
  return Math.min(MOST_PX, Math.max(1, Math.round(mm / pixelMm)));
}

function bilinear(values: Float32Array, width: number, height: number, column: number, row: number): number {
  const x = Math.min(Math.max(column, 0), width - 1);
  const y = Math.min(Math.max(row, 0), height - 1);
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
  const at = (u: number, v: number): number => values[v * width + u]!;
  const upper = at(x0, y0) + (x - x0) * (at(x1, y0) - at(x0, y0));
  const lower = at(x0, y1) + (x - x0) * (at(x1, y1) - at(x0, y1));
  return upper + (y - y0) * (lower - upper);
}

/** The intensities at two percentiles, of at most about 200,000 voxels evenly taken. */
export function intensityWindow(voxels: Voxels, [low, high]: readonly [number, number]): [number, number] {
  const every = Math.max(1, Math.floor(voxels.length / 200_000));
  const sample = Float64Array.from({ length: Math.ceil(voxels.length / every) }, (_, i) => voxels[i * every]!).sort();
  const at = (percent: number): number => sample[Math.round((percent / 100) * (sample.length - 1))]!;
  return [at(low), at(high)];
}

/** Right-left through the canal, the other ways through the middle disc; where there is none, through all that the mask holds. */
function middle({ grid }: Volume, mask: Mask | null): [number, number, number] {
  const boxes = mask ? boundingBoxes(mask) : new Map<number, Box>();
  const all = [...boxes.values()].reduce<Box | null>((joint, box) => (joint ? jointBox(joint, box) : box), null);
  const discs = [...boxes].filter(([label]) => isDisc(label));
  const disc = discs[Math.floor((discs.length - 1) / 2)]?.[1];
  const across = axisAcross(grid, 'sagittal');
  const at = (axis: 0 | 1 | 2): number => {
    const box = (axis === across ? boxes.get(CANAL) : disc) ?? all;
    return box ? Math.floor((box.min[axis] + box.max[axis]) / 2) : Math.floor(grid.size[axis] / 2);
  };
  return [at(0), at(1), at(2)];
}

function blackPng(width: number, height: number): PNG {
  const png = new PNG({ width, height });
  for (let at = 3; at < png.data.length; at += 4) png.data[at] = 255;
  return png;
}

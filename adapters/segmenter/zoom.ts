import type { Vec3 } from '../../core/geometry.ts';

/** How far a cubic spline's edge voxel is repeated before the spline is laid: its influence falls by 0.27 a voxel. */
const EDGE_VOXELS = 12;
/** Pole of the cubic B-spline's recursive filter. */
const POLE = Math.sqrt(3) - 2;

/** Values on a grid of voxels, x fastest. */
export interface Block {
  values: Float32Array;
  size: Vec3;
}

export interface ZoomRule {
  /** 1 linear, 3 cubic B-splines. */
  order: 1 | 3;
  /** The axis that takes the nearest voxel, each slice across it zoomed by itself; `null`: all axes alike. */
  separateAxis: 0 | 1 | 2 | null;
}

/**
 * Zooms a block to another size with voxel centres at (i + 0.5) · old / new - 0.5, edges repeated, clipped to the range of the input
 * (of each slice, with a separate axis): what scikit-image's resize(mode='edge', anti_aliasing=False) gives, and with a separate axis
 * what nnU-Net makes of it. The same size gives the block itself.
 */
export function zoom(block: Block, size: Vec3, { order, separateAxis }: ZoomRule): Block {
  if (size.every((n, axis) => n === block.size[axis])) return block;
  let zoomed = block;
  for (const axis of [0, 1, 2] as const) {
    if (axis !== separateAxis) zoomed = alongAxis(zoomed, axis, size[axis], order === 1 ? linearTaps : cubicTaps);
  }
  if (order === 3) clip(zoomed, block, separateAxis);
  return separateAxis === null ? zoomed : alongAxis(zoomed, separateAxis, size[separateAxis], nearestTaps);
}

/** Each new voxel of a line: its first source voxel and the weights of that and those after it. */
interface Taps {
  /** Voxels repeated before the first and after the last. */
  pad: number;
  prefilter: boolean;
  first: Int32Array;
  /** `width` per new voxel. */
  weights: Float64Array;
  width: number;
}

function alongAxis(block: Block, axis: 0 | 1 | 2, count: number, tapsOf: (from: number, to: number) => Taps): Block {
  const from = block.size[axis];
  if (from === count) return block;
  const size: Vec3 = [0, 1, 2].map((each) => (each === axis ? count : block.size[each]!)) as unknown as Vec3;
  const taps = tapsOf(from, count);
  const { pad, first, weights, width } = taps;
  const line = new Float64Array(from + 2 * pad);
  const values = new Float32Array(size[0] * size[1] * size[2]);
  const stride = [1, block.size[0], block.size[0] * block.size[1]][axis]!;
  const strideOut = [1, size[0], size[0] * size[1]][axis]!;
  eachLine(block.size, axis, (start, line2d) => {
    for (let i = 0; i < line.length; i++) {
      line[i] = block.values[start + stride * Math.min(Math.max(i - pad, 0), from - 1)]!;
    }
    if (taps.prefilter) toCoefficients(line);
    const out = lineStart(size, axis, line2d);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let tap = 0; tap < width; tap++) sum += weights[i * width + tap]! * line[first[i]! + tap]!;
      values[out + i * strideOut] = sum;
    }
  });
  return { values, size };
}

/** Calls for every line along an axis with the index of its first voxel and its place among the lines (the two other axes). */
function eachLine(size: Vec3, axis: 0 | 1 | 2, visit: (start: number, line: readonly [number, number]) => void): void {
  const [a, b] = [0, 1, 2].filter((each) => each !== axis) as [number, number];
  for (let j = 0; j < size[b]!; j++) for (let i = 0; i < size[a]!; i++) visit(lineStart(size, axis, [i, j]), [i, j]);
}

function lineStart(size: Vec3, axis: 0 | 1 | 2, [i, j]: readonly [number, number]): number {
  const strides = [1, size[0], size[0] * size[1]];
  const [a, b] = [0, 1, 2].filter((each) => each !== axis) as [number, number];
  return i * strides[a]! + j * strides[b]!;
}

function place(i: number, from: number, to: number): number {
  return (i + 0.5) * (from / to) - 0.5;
}

function nearestTaps(from: number, to: number): Taps {
  const first = Int32Array.from({ length: to }, (_, i) =>
    Math.min(Math.max(Math.floor(place(i, from, to) + 0.5), 0), from - 1),
  );
  return { pad: 0, prefilter: false, first, weights: new Float64Array(to).fill(1), width: 1 };
}

function linearTaps(from: number, to: number): Taps {
  const first = new Int32Array(to);
  const weights = new Float64Array(2 * to);
  for (let i = 0; i < to; i++) {
    const at = place(i, from, to) + 1;
    first[i] = Math.floor(at);
    weights[2 * i] = 1 - (at - first[i]!);
    weights[2 * i + 1] = at - first[i]!;
  }
  return { pad: 1, prefilter: false, first, weights, width: 2 };
}

function cubicTaps(from: number, to: number): Taps {
  const first = new Int32Array(to);
  const weights = new Float64Array(4 * to);
  for (let i = 0; i < to; i++) {
    const at = place(i, from, to) + EDGE_VOXELS;
    const t = at - Math.floor(at);
    first[i] = Math.floor(at) - 1;
    weights[4 * i] = (1 - t) ** 3 / 6;
    weights[4 * i + 1] = (3 * t ** 3 - 6 * t ** 2 + 4) / 6;
    weights[4 * i + 2] = (3 * (1 - t) ** 3 - 6 * (1 - t) ** 2 + 4) / 6;
    weights[4 * i + 3] = t ** 3 / 6;
  }
  return { pad: EDGE_VOXELS, prefilter: true, first, weights, width: 4 };
}

/** Turns samples into cubic B-spline coefficients, in place, mirrored at the ends. */
function toCoefficients(line: Float64Array): void {
  const last = line.length - 1;
  for (let i = 0; i <= last; i++) line[i]! *= 6;
  let sum = 0;
  for (let i = Math.min(last, 60), power = POLE ** i; i >= 0; i--, power /= POLE) sum += power * line[i]!;
  line[0] = sum;
  for (let i = 1; i <= last; i++) line[i]! += POLE * line[i - 1]!;
  line[last] = (POLE / (POLE * POLE - 1)) * (line[last]! + POLE * line[last - 1]!);
  for (let i = last - 1; i >= 0; i--) line[i] = POLE * (line[i + 1]! - line[i]!);
}

/** Clips `zoomed` to the range of `source`, slice by slice across the separate axis. */
function clip(zoomed: Block, source: Block, separateAxis: 0 | 1 | 2 | null): void {
  const slices = separateAxis === null ? 1 : source.size[separateAxis];
  const low = new Float32Array(slices).fill(Infinity);
  const high = new Float32Array(slices).fill(-Infinity);
  eachSliceVoxel(source.size, separateAxis, (at, slice) => {
    const value = source.values[at]!;
    if (value < low[slice]!) low[slice] = value;
    if (value > high[slice]!) high[slice] = value;
  });
  eachSliceVoxel(zoomed.size, separateAxis, (at, slice) => {
    const value = zoomed.values[at]!;
    if (value < low[slice]!) zoomed.values[at] = low[slice]!;
    else if (value > high[slice]!) zoomed.values[at] = high[slice]!;
  });
}

function eachSliceVoxel(size: Vec3, axis: 0 | 1 | 2 | null, visit: (at: number, slice: number) => void): void {
  const [nx, ny, nz] = size;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) visit(at, axis === null ? 0 : axis === 0 ? x : axis === 1 ? y : z);
    }
  }
}

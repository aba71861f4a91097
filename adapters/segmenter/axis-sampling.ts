import type { Grid, Vec3 } from '../../core/geometry.ts';
import { indexMap } from './affine.ts';
import { halfKernel } from './smoothing.ts';

/** An axis whose cosines stray by less than so many voxels over the whole grid counts as straight. */
const STRAY_VOXELS = 1e-5;

/**
 * Smooths a volume and samples it trilinearly at the voxel centres of `target`, an axis at a time: for grids whose axes run along those of
 * the target, which is so for most scans. An output voxel's weights along an axis, of the Gaussian and of the interpolation together, are the same
 * in all rows, so what the coarser grid has no voxel for is never smoothed. Result as gaussianSmooth and then trilinear give it, NaN
 * outside the source; undefined when the grids lean towards each other.
 *
 * `source` x fastest, edges repeated; `sigmaVoxels` per source axis, 0 for none.
 */
export function sampledByAxis(
  source: Float32Array,
  from: Grid,
  target: Grid,
  sigmaVoxels: Vec3,
): Float32Array | undefined {
  const lines = targetLines(from, target);
  if (!lines) return undefined;
  // By source axis; what shrinks the volume most goes first, so that the others have less to do.
  const weights = new Map(
    lines.map((line) => [line.axis, lineWeights(line, from.size[line.axis], sigmaVoxels[line.axis])]),
  );
  const shrink = ({ axis, count }: TargetLine): number => count / from.size[axis];
  let values = source;
  const size: [number, number, number] = [...from.size];
  for (const { axis, count } of [...lines].sort((a, b) => shrink(a) - shrink(b))) {
    values = alongAxis(values, size, axis, weights.get(axis)!);
    size[axis] = count;
  }
  return inTargetOrder(values, size, lines);
}

/** Where the voxels along a target axis lie on the source axis they run along: index = start + n · step. */
interface TargetLine {
  axis: 0 | 1 | 2;
  start: number;
  step: number;
  count: number;
}

/** One per target axis; undefined when one runs along more than one source axis. */
function targetLines(from: Grid, target: Grid): [TargetLine, TargetLine, TargetLine] | undefined {
  const { origin, columns } = indexMap(target, from);
  const lines = columns.map((column, t): TargetLine | undefined => {
    const count = target.size[t]!;
    const along = ([0, 1, 2] as const).filter((axis) => Math.abs(column[axis]) * count > STRAY_VOXELS);
    const [axis] = along;
    return along.length === 1 ? { axis: axis!, start: origin[axis!], step: column[axis!], count } : undefined;
  });
  const [x, y, z] = lines;
  if (!x || !y || !z || new Set([x.axis, y.axis, z.axis]).size < 3) return undefined;
  return [x, y, z];
}

/** Whether a continuous index lies in an axis of so many voxels: up to half a voxel beyond the outer centres. */
export function within(index: number, size: number): boolean {
  return index >= -0.5 && index <= size - 0.5;
}

/** For each output voxel the first source voxel it takes of, and the weights of it and those that follow; none outside the source. */
interface LineWeights {
  first: Int32Array;
  taps: Float64Array[];
}

function lineWeights({ start, step, count }: TargetLine, size: number, sigma: number): LineWeights {
  const half = halfKernel(sigma);
  const first = new Int32Array(count);
  const taps = Array.from({ length: count }, (_, n) => {
    const index = start + n * step;
    if (!within(index, size)) return new Float64Array(0);
    const clamped = Math.min(Math.max(index, 0), size - 1);
    const low = Math.floor(clamped);
    const fraction = clamped - low;
    const reach = half.length - 1;
    first[n] = Math.max(low - reach, 0);
    const weights = new Float64Array(Math.min(low + 1 + reach, size - 1) - first[n] + 1);
    for (const [centre, share] of [
      [low, 1 - fraction],
      [Math.min(low + 1, size - 1), fraction],
    ] as const) {
      if (share === 0) continue;
      for (let d = -reach; d <= reach; d++) {
        const at = Math.min(Math.max(centre + d, 0), size - 1);
        weights[at - first[n]]! += share * half[Math.abs(d)]!;
      }
    }
    return weights;
  });
  return { first, taps };
}

/** The volume with the voxels of one axis replaced by weighted sums along it. */
function alongAxis(values: Float32Array, [nx, ny, nz]: Vec3, axis: 0 | 1 | 2, weights: LineWeights): Float32Array {
  if (axis === 0) return alongRows(values, nx, ny * nz, weights);
  // Whole rows, or slices, are added up, so that memory is read in order.
  return axis === 1 ? acrossRows(values, nx, ny, nz, weights) : acrossRows(values, nx * ny, nz, 1, weights);
}

function alongRows(values: Float32Array, width: number, rows: number, { first, taps }: LineWeights): Float32Array {
  const count = taps.length;
  const out = new Float32Array(count * rows);
  for (let row = 0, to = 0; row < rows; row++) {
    for (let n = 0; n < count; n++, to++) {
      const weights = taps[n]!;
      out[to] = weights.length === 0 ? NaN : dot(values, row * width + first[n]!, weights);
    }
  }
  return out;
}

function dot(values: Float32Array, from: number, weights: Float64Array): number {
  let sum = 0;
  for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * values[from + tap]!;
  return sum;
}

function acrossRows(
  values: Float32Array,
  width: number,
  rows: number,
  slabs: number,
  { first, taps }: LineWeights,
): Float32Array {
  const count = taps.length;
  const out = new Float32Array(width * count * slabs);
  for (let slab = 0; slab < slabs; slab++) {
    for (let n = 0; n < count; n++) {
      const weights = taps[n]!;
      const to = width * (n + count * slab);
      if (weights.length === 0) out.fill(NaN, to, to + width);
      for (let tap = 0; tap < weights.length; tap += 4) {
        addRows(out, to, values, width * (first[n]! + tap + rows * slab), width, weights, tap);
      }
    }
  }
  return out;
}

/** Adds up to four neighbouring rows by their weights, so that sums stay in registers. */
function addRows(
  out: Float32Array,
  to: number,
  values: Float32Array,
  from: number,
  width: number,
  weights: Float64Array,
  tap: number,
): void {
  const left = weights.length - tap;
  // A row that isn't there is the first again, at weight 0.
  const [w0, w1, w2, w3] = [weights[tap]!, weights[tap + 1] ?? 0, weights[tap + 2] ?? 0, weights[tap + 3] ?? 0];
  const r1 = left > 1 ? from + width : from;
  const r2 = left > 2 ? from + 2 * width : from;
  const r3 = left > 3 ? from + 3 * width : from;
  for (let i = 0; i < width; i++) {
    out[to + i] =
      out[to + i]! + w0 * values[from + i]! + w1 * values[r1 + i]! + w2 * values[r2 + i]! + w3 * values[r3 + i]!;
  }
}

/** The values with the target's axes in order, x fastest. */
function inTargetOrder(
  values: Float32Array,
  size: Vec3,
  [x, y, z]: [TargetLine, TargetLine, TargetLine],
): Float32Array {
  const stride = [1, size[0], size[0] * size[1]];
  const [sx, sy, sz] = [stride[x.axis]!, stride[y.axis]!, stride[z.axis]!];
  if (sx === 1 && sy === x.count) return values;
  const out = new Float32Array(values.length);
  for (let k = 0, at = 0; k < z.count; k++) {
    for (let j = 0; j < y.count; j++) {
      for (let i = 0, there = k * sz + j * sy; i < x.count; i++, at++, there += sx) out[at] = values[there]!;
    }
  }
  return out;
}

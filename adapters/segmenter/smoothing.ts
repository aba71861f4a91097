import type { Vec3 } from '../../core/geometry.ts';

/** Where a kernel ends, in standard deviations. */
const TRUNCATE_SIGMAS = 4;

/**
 * Smooths a volume in place with a Gaussian per axis; edges are repeated.
 * `values` holds size[0]·size[1]·size[2] numbers, x fastest; `sigmaVoxels` has one standard deviation per axis, 0 leaves that axis
 * alone. The kernel reaches floor(4·sigma + 0.5) voxels and sums to 1. Equals scipy's gaussian_filter(truncate=4, mode='nearest')
 * on float32 within rounding.
 */
export function gaussianSmooth(values: Float32Array, size: Vec3, sigmaVoxels: Vec3): void {
  const [nx, ny, nz] = size;
  const [kx, ky, kz] = sigmaVoxels.map(halfKernel) as [Float64Array, Float64Array, Float64Array];
  // Last axis first, as scipy runs over a (z, y, x) array.
  if (kz.length > 1) for (let y = 0; y < ny; y++) smoothRows(values, y * nx, nx * ny, nx, nz, kz);
  if (ky.length > 1) for (let z = 0; z < nz; z++) smoothRows(values, z * nx * ny, nx, nx, ny, ky);
  if (kx.length > 1) for (let row = 0; row < ny * nz; row++) smoothLine(values, row * nx, nx, kx);
}

/** A Gaussian's weights at distance 0, 1, … radius; the two-sided kernel sums to 1. One weight for no smoothing. */
export function halfKernel(sigma: number): Float64Array {
  const radius = sigma > 0 ? Math.floor(TRUNCATE_SIGMAS * sigma + 0.5) : 0;
  const half = new Float64Array(radius + 1);
  let sum = 0;
  for (let d = 0; d <= radius; d++) {
    half[d] = d === 0 ? 1 : Math.exp((-0.5 * d * d) / (sigma * sigma));
    sum += d === 0 ? half[d]! : 2 * half[d]!;
  }
  return half.map((weight) => weight / sum);
}

/**
 * Smooths across `count` rows of `width` neighbouring voxels each, `stride` apart, the first at `offset`: whole rows are added up,
 * so that memory is read in order whatever the axis; four distances at a time, so that sums stay in registers.
 */
function smoothRows(
  values: Float32Array,
  offset: number,
  stride: number,
  width: number,
  count: number,
  half: Float64Array,
): void {
  const slab = new Float32Array(width * count);
  for (let row = 0; row < count; row++) {
    const at = offset + row * stride;
    slab.set(values.subarray(at, at + width), row * width);
  }
  // Weights beyond the kernel's end are 0.
  const weights = new Float64Array(4 * Math.ceil(half.length / 4));
  weights.set(half);
  weights[0]! /= 2; // The centre is met from both sides.
  for (let row = 0; row < count; row++) {
    for (let from = 0; from < weights.length; from += 4) {
      addFour(values, offset + row * stride, slab, width, count, row, weights, from);
    }
  }
}

/** Sets (`from` 0) or adds to a row of `values` what lies `from` to `from + 3` rows away on both sides. */
function addFour(
  values: Float32Array,
  at: number,
  slab: Float32Array,
  width: number,
  count: number,
  row: number,
  weights: Float64Array,
  from: number,
): void {
  const last = (count - 1) * width;
  const [w0, w1, w2, w3] = [weights[from]!, weights[from + 1]!, weights[from + 2]!, weights[from + 3]!];
  const near = (row - from) * width;
  const b0 = Math.max(near, 0);
  const b1 = Math.max(near - width, 0);
  const b2 = Math.max(near - 2 * width, 0);
  const b3 = Math.max(near - 3 * width, 0);
  const far = (row + from) * width;
  const a0 = Math.min(far, last);
  const a1 = Math.min(far + width, last);
  const a2 = Math.min(far + 2 * width, last);
  const a3 = Math.min(far + 3 * width, last);
  const kept = from === 0 ? 0 : 1;
  for (let i = 0; i < width; i++) {
    values[at + i] =
      kept * values[at + i]! +
      (w0 * (slab[b0 + i]! + slab[a0 + i]!) +
        w1 * (slab[b1 + i]! + slab[a1 + i]!) +
        w2 * (slab[b2 + i]! + slab[a2 + i]!) +
        w3 * (slab[b3 + i]! + slab[a3 + i]!));
  }
}

function smoothLine(values: Float32Array, offset: number, count: number, half: Float64Array): void {
  const radius = half.length - 1;
  const line = new Float32Array(count + 2 * radius);
  line.fill(values[offset]!, 0, radius);
  line.set(values.subarray(offset, offset + count), radius);
  line.fill(values[offset + count - 1]!, radius + count);
  for (let i = 0; i < count; i++) {
    const centre = i + radius;
    let sum = half[0]! * line[centre]!;
    for (let d = 1; d <= radius; d++) sum += half[d]! * (line[centre - d]! + line[centre + d]!);
    values[offset + i] = sum;
  }
}

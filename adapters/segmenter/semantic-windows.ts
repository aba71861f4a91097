import type { Vec3 } from '../../core/geometry.ts';
import type { SemanticSpec } from '../../core/trainer-contract.ts';
import { roundHalfEven } from './semantic-image.ts';
import type { SemanticNetwork } from './semantic-network.ts';
import type { Block } from './zoom.ts';

export interface WindowOptions {
  /** Passes of the network over the whole volume; `null` sets no limit. */
  maxPasses: number | null;
  /** No window is begun after so long. */
  maxSeconds: number;
  /** Whether each window is also shown mirrored along the spec's axes, all combinations, and the answers averaged. */
  mirror: boolean;
  signal?: AbortSignal | undefined;
  /** After each window: its corner in voxels of the block, and how many there are. */
  onWindow?: ((corner: Vec3, total: number) => void) | undefined;
}

export interface WindowResult {
  /** [class][z][y][x] of the block: weighted means; all 0 where no window came (`covered` 0). */
  logits: Float32Array[];
  covered: Uint8Array;
  end: 'end-of-scan' | 'pass-limit' | 'time-limit';
  passes: number;
}

/**
 * Runs a semantic network over a block in overlapping windows, as SemanticSpec says; those nearest to the middle first, so that a
 * limit leaves out the edges. The event loop is free while the network runs. Rejects with the signal's reason when aborted.
 */
export async function runWindows(
  block: Block,
  network: SemanticNetwork,
  options: WindowOptions,
): Promise<WindowResult> {
  const { patch } = network.spec;
  const padded = padAround(block, patch);
  const corners = windowCorners(padded.size, patch, network.spec.windowStep);
  const weights = gaussianWeights(patch);
  const ones = weights.map(() => 1);
  const voxels = padded.values.length;
  const sums = network.spec.outputs.map(() => new Float32Array(voxels));
  const total = new Float32Array(voxels);
  const flips = options.mirror ? flipsOf(network.spec.mirrorAxes) : [[]];
  const deadline = performance.now() + options.maxSeconds * 1000;
  let [passes, end]: [number, WindowResult['end']] = [0, 'end-of-scan'];
  for (const corner of corners) {
    options.signal?.throwIfAborted();
    if (passes + flips.length > (options.maxPasses ?? Infinity)) end = 'pass-limit';
    else if (performance.now() > deadline) end = 'time-limit';
    if (end !== 'end-of-scan') break;
    const window = cutWindow(padded, corner, patch);
    for (const axes of flips) {
      const logits = await network.run(flipped(window, patch, axes, 1));
      passes++;
      add(sums, flipped(logits, patch, axes, sums.length), padded.size, corner, patch, weights, 1 / flips.length);
    }
    add([total], ones, padded.size, corner, patch, weights, 1);
    options.onWindow?.(corner, corners.length);
  }
  for (const sum of sums) for (let at = 0; at < voxels; at++) if (total[at]! > 0) sum[at]! /= total[at]!;
  const logits = sums.map((sum) => withoutPadding(sum, padded, block.size));
  return {
    logits,
    covered: Uint8Array.from(withoutPadding(total, padded, block.size), (w) => (w > 0 ? 1 : 0)),
    end,
    passes,
  };
}

/** A block with zeros around it, where it is smaller than the patch; `before` voxels of them in front. */
interface Padded extends Block {
  before: Vec3;
}

function padAround(block: Block, patch: Vec3): Padded {
  const size = block.size.map((n, axis) => Math.max(n, patch[axis]!)) as unknown as Vec3;
  const before = block.size.map((n, axis) => Math.floor((size[axis]! - n) / 2)) as unknown as Vec3;
  const values = new Float32Array(size[0] * size[1] * size[2]);
  for (let z = 0; z < block.size[2]; z++) {
    for (let y = 0; y < block.size[1]; y++) {
      const from = block.size[0] * (y + block.size[1] * z);
      const to = before[0] + size[0] * (before[1] + y + size[1] * (before[2] + z));
      values.set(block.values.subarray(from, from + block.size[0]), to);
    }
  }
  return { values, size, before };
}

function withoutPadding(values: Float32Array, { size, before }: Padded, inner: Vec3): Float32Array {
  const out = new Float32Array(inner[0] * inner[1] * inner[2]);
  for (let z = 0, to = 0; z < inner[2]; z++) {
    for (let y = 0; y < inner[1]; y++, to += inner[0]) {
      const from = before[0] + size[0] * (before[1] + y + size[1] * (before[2] + z));
      out.set(values.subarray(from, from + inner[0]), to);
    }
  }
  return out;
}

/** Corners of the windows in voxels (x, y, z), those nearest to the middle of the volume first. */
export function windowCorners(size: Vec3, patch: Vec3, step: SemanticSpec['windowStep']): Vec3[] {
  const along = (axis: 0 | 1 | 2): number[] => {
    const room = size[axis] - patch[axis];
    const count = Math.ceil(room / (patch[axis] * step)) + 1;
    return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : roundHalfEven((room / (count - 1)) * i)));
  };
  const corners = along(0).flatMap((x) => along(1).flatMap((y) => along(2).map((z): Vec3 => [x, y, z])));
  const off = (corner: Vec3): number => Math.hypot(...corner.map((n, axis) => n + (patch[axis]! - size[axis]!) / 2));
  return corners.sort((a, b) => off(a) - off(b));
}

/** Largest 1 at voxel floor(patch / 2), nowhere 0. Cut off at 4 sigma as scipy's gaussian_filter does, then the least of the rest. */
function gaussianWeights(patch: Vec3): Float32Array {
  const line = (n: number): Float64Array => {
    const sigma = n / 8;
    const radius = Math.floor(4 * sigma + 0.5);
    return Float64Array.from({ length: n }, (_, i) => {
      const off = i - Math.floor(n / 2);
      return Math.abs(off) > radius ? 0 : Math.exp((-0.5 * off * off) / (sigma * sigma));
    });
  };
  const [wx, wy, wz] = [line(patch[0]), line(patch[1]), line(patch[2])];
  const out = new Float32Array(patch[0] * patch[1] * patch[2]);
  let at = 0;
  for (const z of wz) for (const y of wy) for (const x of wx) out[at++] = x * y * z;
  const least = out.reduce((low, weight) => (weight > 0 && weight < low ? weight : low), Infinity);
  return out.map((weight) => (weight > 0 ? weight : least));
}

function cutWindow({ values, size }: Block, corner: Vec3, patch: Vec3): Float32Array<ArrayBuffer> {
  const out = new Float32Array(patch[0] * patch[1] * patch[2]);
  for (let z = 0, to = 0; z < patch[2]; z++) {
    for (let y = 0; y < patch[1]; y++, to += patch[0]) {
      const from = corner[0] + size[0] * (corner[1] + y + size[1] * (corner[2] + z));
      out.set(values.subarray(from, from + patch[0]), to);
    }
  }
  return out;
}

/** Adds weighted values, one window after the other for each of `into`, at a window's place. */
function add(
  into: Float32Array[],
  values: Float32Array,
  size: Vec3,
  corner: Vec3,
  patch: Vec3,
  weights: Float32Array,
  share: number,
): void {
  const voxels = weights.length;
  for (const [channel, sum] of into.entries()) {
    for (let z = 0, at = 0; z < patch[2]; z++) {
      for (let y = 0; y < patch[1]; y++) {
        const row = corner[0] + size[0] * (corner[1] + y + size[1] * (corner[2] + z));
        for (let x = 0; x < patch[0]; x++, at++) {
          sum[row + x]! += share * weights[at]! * values[channel * voxels + at]!;
        }
      }
    }
  }
}

/** Every combination of axes (0 x, 1 y, 2 z), none of them first. */
function flipsOf(axes: SemanticSpec['mirrorAxes']): number[][] {
  return axes.reduce<number[][]>((all, axis) => [...all, ...all.map((flip) => [...flip, 'xyz'.indexOf(axis)])], [[]]);
}

/** A copy of `channels` windows with some axes the other way round. */
function flipped(values: Float32Array, patch: Vec3, axes: number[], channels: number): Float32Array<ArrayBuffer> {
  if (axes.length === 0) return Float32Array.from(values);
  const [nx, ny, nz] = patch;
  const source = (axis: number, i: number): number => (axes.includes(axis) ? patch[axis]! - 1 - i : i);
  const out = new Float32Array(values.length);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        const row = nx * (source(1, y) + ny * (source(2, z) + nz * channel));
        for (let x = 0; x < nx; x++) out[to++] = values[row + source(0, x)]!;
      }
    }
  }
  return out;
}

import { indexToLps, voxelCount, type Grid, type Vec3 } from '../../core/geometry.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { lpsAxisOf } from '../../core/orientation.ts';
import type { NetworkSpec } from '../../core/trainer-contract.ts';
import type { Volume } from '../../core/volume.ts';
import { boxCorners, bounds, indexMap } from './affine.ts';
import { sampledByAxis, within } from './axis-sampling.ts';
import { percentile } from './percentile.ts';
import { gaussianSmooth } from './smoothing.ts';

/** An image as a network sees it: axis-aligned LPS grid, `values` normalised, x fastest (z, y, x); outside the image `outsideValue`. */
export interface WorkingImage {
  grid: Grid;
  values: Float32Array;
}

/** A grid of more voxels than this is refused: at the published 2 × 0.6 × 0.6 mm a whole body would still fit. */
const MAX_WORKING_VOXELS = 256 * 1024 * 1024;

/** Absorbs rounding where the extent is a whole number of steps, so that the last voxel doesn't come and go with the last bit. */
const STEP_TOLERANCE = 1e-6;

const AXIS_ALIGNED: Grid['direction'] = [1, 0, 0, 0, 1, 0, 0, 0, 1];

/**
 * Brings an image to a network's working grid, exactly as NetworkSpec (core/trainer-contract.ts) defines: smoothed where the
 * target is coarser, sampled trilinearly, normalised by its 5th and 95th percentile. A constant image becomes 0 everywhere.
 * Throws InvalidInputError for a size below 2 on any axis, a voxel that is not finite, a voxel count that is not the grid's, or
 * a working grid that is too large.
 */
export function toWorkingGrid(volume: Volume, spec: NetworkSpec, name = 'image'): WorkingImage {
  const source = finiteVoxels(volume, name);
  const sigmas = smoothingSigmas(volume.grid, spec.spacingMm);
  const grid = workingGrid(volume.grid, spec.spacingMm, name);
  const values =
    sampledByAxis(source, volume.grid, grid, sigmas) ?? smoothedAndSampled(source, volume.grid, grid, sigmas);
  normalise(values, spec, name);
  return { grid, values };
}

/** The axis-aligned LPS grid over the bounding box of all voxel centres, from its minimum corner. Spacing (x, y, z) in mm. */
export function workingGrid(image: Grid, spacingMm: Vec3, name = 'image'): Grid {
  const last: Vec3 = [image.size[0] - 1, image.size[1] - 1, image.size[2] - 1];
  const { low, high } = bounds(boxCorners([0, 0, 0], last).map((index) => indexToLps(image, index)));
  const steps = (axis: 0 | 1 | 2): number =>
    Math.floor((high[axis] - low[axis]) / spacingMm[axis] + STEP_TOLERANCE) + 1;
  const grid: Grid = {
    size: [steps(0), steps(1), steps(2)],
    spacingMm: [spacingMm[0], spacingMm[1], spacingMm[2]],
    originLpsMm: [low[0], low[1], low[2]],
    direction: [...AXIS_ALIGNED],
  };
  if (!(voxelCount(grid) <= MAX_WORKING_VOXELS)) {
    throw new InvalidInputError(name, 'extent', `at most ${MAX_WORKING_VOXELS} working voxels`, grid.size.join('×'));
  }
  return grid;
}

function finiteVoxels({ grid, voxels }: Volume, name: string): Float32Array {
  if (grid.size.some((n) => n < 2)) {
    throw new InvalidInputError(name, 'size', 'at least 2 voxels on every axis', grid.size.join('×'));
  }
  if (voxels.length !== voxelCount(grid)) {
    throw new InvalidInputError(name, 'voxels', `${voxelCount(grid)} as the grid says`, `${voxels.length}`);
  }
  const floats = new Float32Array(voxels);
  for (let at = 0; at < floats.length; at++) {
    if (!Number.isFinite(floats[at])) {
      throw new InvalidInputError(name, 'voxels', 'finite numbers', `${voxels[at]} at voxel ${at}`);
    }
  }
  return floats;
}

/** Standard deviation per source axis in source voxels: half the ratio of target to source spacing where that exceeds 1, else 0. */
function smoothingSigmas(image: Grid, targetMm: Vec3): Vec3 {
  const sigma = (axis: 0 | 1 | 2): number => {
    const ratio = targetMm[lpsAxisOf(image)[axis].axis] / image.spacingMm[axis];
    return ratio > 1 ? 0.5 * ratio : 0;
  };
  return [sigma(0), sigma(1), sigma(2)];
}

/** Trilinear samples of `source`, smoothed in place, at the voxel centres of `target`; NaN outside the source. */
function smoothedAndSampled(source: Float32Array, from: Grid, target: Grid, sigmas: Vec3): Float32Array {
  gaussianSmooth(source, from.size, sigmas);
  const { origin, columns } = indexMap(target, from);
  const [nx, ny, nz] = from.size;
  const out = new Float32Array(voxelCount(target));
  let at = 0;
  for (let k = 0; k < target.size[2]; k++) {
    for (let j = 0; j < target.size[1]; j++) {
      const x0 = origin[0] + j * columns[1][0] + k * columns[2][0];
      const y0 = origin[1] + j * columns[1][1] + k * columns[2][1];
      const z0 = origin[2] + j * columns[1][2] + k * columns[2][2];
      for (let i = 0; i < target.size[0]; i++, at++) {
        const x = x0 + i * columns[0][0];
        const y = y0 + i * columns[0][1];
        const z = z0 + i * columns[0][2];
        const inside = within(x, nx) && within(y, ny) && within(z, nz);
        out[at] = inside ? trilinear(source, nx, ny, nz, x, y, z) : NaN;
      }
    }
  }
  return out;
}

/** Interpolates between the eight neighbours of a continuous index, clamped to the edge. `values` x fastest. */
export function trilinear(
  values: Float32Array,
  nx: number,
  ny: number,
  nz: number,
  x: number,
  y: number,
  z: number,
): number {
  const cx = Math.min(Math.max(x, 0), nx - 1);
  const cy = Math.min(Math.max(y, 0), ny - 1);
  const cz = Math.min(Math.max(z, 0), nz - 1);
  const ix = Math.floor(cx);
  const iy = Math.floor(cy);
  const iz = Math.floor(cz);
  const fx = cx - ix;
  const fy = cy - iy;
  const fz = cz - iz;
  // On the last voxel of an axis the neighbour is the voxel itself (its weight is 0).
  const right = ix < nx - 1 ? 1 : 0;
  const next = iy < ny - 1 ? nx : 0;
  const at = ix + nx * (iy + ny * iz);
  const up = iz < nz - 1 ? at + nx * ny : at;
  const near = mix(
    mix(values[at]!, values[at + right]!, fx),
    mix(values[at + next]!, values[at + next + right]!, fx),
    fy,
  );
  const far = mix(
    mix(values[up]!, values[up + right]!, fx),
    mix(values[up + next]!, values[up + next + right]!, fx),
    fy,
  );
  return mix(near, far, fz);
}

function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}

/** In place: v → clip((v - p5) / max(p95 - p5, 1e-6)); NaN (outside) → outsideValue. */
function normalise(values: Float32Array, spec: NetworkSpec, name: string): void {
  const inside = withoutNaN(values);
  if (inside.length === 0) {
    throw new InvalidInputError(
      name,
      'extent',
      `a voxel centre of the ${spec.spacingMm.join('×')} mm grid in it`,
      'none',
    );
  }
  const p5 = percentile(inside, 5);
  const range = Math.max(percentile(inside, 95) - p5, 1e-6);
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    values[at] = Number.isNaN(value)
      ? spec.outsideValue
      : Math.min(Math.max((value - p5) / range, spec.clipMin), spec.clipMax);
  }
}

function withoutNaN(values: Float32Array): Float32Array {
  const kept = new Float32Array(values.length);
  let count = 0;
  for (const value of values) if (!Number.isNaN(value)) kept[count++] = value;
  return kept.subarray(0, count);
}

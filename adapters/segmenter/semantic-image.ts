import { voxelCount, type Grid, type Vec3 } from '../../core/geometry.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { reorient } from '../../core/reorient.ts';
import type { SemanticSpec } from '../../core/trainer-contract.ts';
import type { Volume, Voxels } from '../../core/volume.ts';
import { zoom, type Block, type ZoomRule } from './zoom.ts';

/** An image as a semantic network sees it, and the way back. */
export interface SemanticImage {
  /** The image's own grid, turned to LPS axes. */
  grid: Grid;
  /** The box of that grid that isn't 0 all around. */
  crop: { corner: Vec3; size: Vec3 };
  /** The box, normalised, at the network's spacing. */
  block: Block;
  separateAxis: ZoomRule['separateAxis'];
}

/** More than this at the network's spacing is refused: the logits of five classes are 20 bytes a voxel. */
const MAX_VOXELS = 96 * 1024 * 1024;
/** Beyond this ratio of spacings nnU-Net treats the coarsest axis by itself. */
const ANISOTROPY = 3;

/**
 * Brings an image before a semantic network as SemanticSpec says. Throws InvalidInputError for a size below 2 on any axis, a voxel
 * that is not finite, a voxel count that is not the grid's, an image of zeros, and one that is too large at that spacing.
 */
export function toSemanticImage(volume: Volume, spec: SemanticSpec, name = 'image'): SemanticImage {
  refuse(volume, name);
  const turned = reorient(volume, 'LPS');
  const crop = nonzeroBox(turned, name);
  const values = normalised(cut(turned, crop));
  const { spacingMm } = turned.grid;
  const size = [0, 1, 2].map((axis) =>
    Math.max(1, roundHalfEven((spacingMm[axis]! / spec.spacingMm[axis]!) * crop.size[axis]!)),
  ) as unknown as Vec3;
  if (!(size[0] * size[1] * size[2] <= MAX_VOXELS)) {
    throw new InvalidInputError(
      name,
      'extent',
      `at most ${MAX_VOXELS} voxels of the network's spacing`,
      size.join('×'),
    );
  }
  const separateAxis = separateAxisOf(spacingMm, spec.spacingMm);
  const block = zoom({ values, size: crop.size }, size, { order: 3, separateAxis });
  return { grid: turned.grid, crop, block, separateAxis };
}

function refuse({ grid, voxels }: Volume, name: string): void {
  if (grid.size.some((n) => n < 2)) {
    throw new InvalidInputError(name, 'size', 'at least 2 voxels on every axis', grid.size.join('×'));
  }
  if (voxels.length !== voxelCount(grid)) {
    throw new InvalidInputError(name, 'voxels', `${voxelCount(grid)} as the grid says`, `${voxels.length}`);
  }
  const at = voxels.findIndex((value: number) => !Number.isFinite(value));
  if (at >= 0) throw new InvalidInputError(name, 'voxels', 'finite numbers', `${voxels[at]} at voxel ${at}`);
}

function nonzeroBox({ grid, voxels }: Volume, name: string): SemanticImage['crop'] {
  const [nx, ny, nz] = grid.size;
  const low = [nx, ny, nz];
  const high = [-1, -1, -1];
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (voxels[at] === 0) continue;
        if (x < low[0]!) low[0] = x;
        if (x > high[0]!) high[0] = x;
        if (y < low[1]!) low[1] = y;
        if (y > high[1]!) high[1] = y;
        if (z < low[2]!) low[2] = z;
        high[2] = z;
      }
    }
  }
  if (high[0]! < 0) throw new InvalidInputError(name, 'voxels', 'one that is not 0', 'zeros');
  return {
    corner: [low[0]!, low[1]!, low[2]!],
    size: [high[0]! - low[0]! + 1, high[1]! - low[1]! + 1, high[2]! - low[2]! + 1],
  };
}

function cut({ grid, voxels }: Volume<Voxels>, { corner, size }: SemanticImage['crop']): Float32Array {
  const [nx, ny] = grid.size;
  const out = new Float32Array(size[0] * size[1] * size[2]);
  for (let z = 0, to = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      const from = corner[0] + nx * (corner[1] + y + ny * (corner[2] + z));
      for (let x = 0; x < size[0]; x++) out[to++] = voxels[from + x]!;
    }
  }
  return out;
}

function normalised(values: Float32Array): Float32Array {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  const deviation = Math.max(Math.sqrt(squares / values.length), 1e-8);
  for (let at = 0; at < values.length; at++) values[at] = (values[at]! - mean) / deviation;
  return values;
}

/** The axis that nnU-Net resamples by itself: the coarsest of the image, else of the network, if it stands out and is one. */
export function separateAxisOf(imageMm: Vec3, networkMm: Vec3): ZoomRule['separateAxis'] {
  const apart = (mm: Vec3): boolean => Math.max(...mm) / Math.min(...mm) > ANISOTROPY;
  const decisive = apart(imageMm) ? imageMm : apart(networkMm) ? networkMm : undefined;
  if (!decisive) return null;
  const coarsest = ([0, 1, 2] as const).filter((axis) => Math.max(...decisive) / decisive[axis] === 1);
  return coarsest.length === 1 ? coarsest[0]! : null;
}

/** As Python and numpy round: halves to the even neighbour. */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

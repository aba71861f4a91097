import type { Vec3 } from '../../core/geometry.ts';
import type { Region } from './components.ts';
import type { Patch } from './patch.ts';

/**
 * One structure on the working grid: probabilities in a block of voxels, x fastest, `low` being the block's first voxel of the
 * grid. Zero beyond the structure and the one voxel around it, so that the surface at 0.5 lies where the network put it.
 */
export interface StructureProbabilities {
  low: Vec3;
  size: Vec3;
  values: Float32Array;
  /** Voxels of the structure itself. */
  voxels: number;
}

/**
 * Cuts a region of a patch out of a channel of probabilities (starting at `offset`), with one voxel around it, inside the grid.
 * Probabilities over 0.5 outside the region belong to something else and become 0. An empty region gives `undefined`.
 */
export function cutStructure(
  probabilities: Float32Array,
  offset: number,
  patch: Patch,
  region: Region,
  gridSize: Vec3,
): StructureProbabilities | undefined {
  const box = regionBox(region.mask, patch.size);
  if (!box) return undefined;
  const from = (axis: 0 | 1 | 2): number => Math.max(box.low[axis] - 2, -patch.corner[axis]);
  const to = (axis: 0 | 1 | 2): number => Math.min(box.high[axis] + 2, gridSize[axis] - 1 - patch.corner[axis]);
  const low: Vec3 = [from(0), from(1), from(2)];
  const size: Vec3 = [to(0) - low[0] + 1, to(1) - low[1] + 1, to(2) - low[2] + 1];
  const values = new Float32Array(size[0] * size[1] * size[2]);
  const [nx, ny, nz] = patch.size;
  for (let k = 0, at = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++, at++) {
        const [x, y, z] = [low[0] + i, low[1] + j, low[2] + k];
        if (x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) continue;
        const patchAt = x + nx * (y + ny * z);
        const p = probabilities[offset + patchAt]!;
        if (region.mask[patchAt] === 1 || (p <= 0.5 && touches(region.mask, patch.size, x, y, z))) values[at] = p;
      }
    }
  }
  const corner = patch.corner;
  return { low: [corner[0] + low[0], corner[1] + low[1], corner[2] + low[2]], size, values, voxels: region.voxels };
}

/** Whether one of the 26 neighbours is in the mask. */
function touches(mask: Uint8Array, size: Vec3, x: number, y: number, z: number): boolean {
  for (let k = Math.max(z - 1, 0); k <= Math.min(z + 1, size[2] - 1); k++) {
    for (let j = Math.max(y - 1, 0); j <= Math.min(y + 1, size[1] - 1); j++) {
      for (let i = Math.max(x - 1, 0); i <= Math.min(x + 1, size[0] - 1); i++) {
        if (mask[i + size[0] * (j + size[1] * k)] === 1) return true;
      }
    }
  }
  return false;
}

/** Lowest and highest index of a mask's voxels; `undefined` when it is empty. */
export function regionBox(mask: Uint8Array, size: Vec3): { low: Vec3; high: Vec3 } | undefined {
  const low: [number, number, number] = [...size];
  const high: [number, number, number] = [-1, -1, -1];
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] === 0) continue;
    const row = Math.floor(at / size[0]);
    const index = [at % size[0], row % size[1], Math.floor(row / size[1])];
    for (let axis = 0; axis < 3; axis++) {
      low[axis] = Math.min(low[axis]!, index[axis]!);
      high[axis] = Math.max(high[axis]!, index[axis]!);
    }
  }
  return high[0] < 0 ? undefined : { low, high };
}

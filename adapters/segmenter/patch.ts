import type { Vec3 } from '../../core/geometry.ts';

/** A block of voxels of the working grid: `corner` is its lowest index and may lie outside the grid. */
export interface Patch {
  corner: Vec3;
  size: Vec3;
}

export function patchVoxels({ size }: Patch): number {
  return size[0] * size[1] * size[2];
}

/** The patch of that size around a centre (working voxels), which is first clipped to the grid. */
export function patchAround(centre: Vec3, size: Vec3, gridSize: Vec3): Patch {
  const low = (axis: 0 | 1 | 2): number => {
    const clipped = Math.min(Math.max(centre[axis], 0), gridSize[axis] - 1);
    return Math.floor(clipped + 0.5) - Math.floor(size[axis] / 2);
  };
  return { corner: [low(0), low(1), low(2)], size };
}

/** The voxel `patchAround` centred the patch on. */
export function patchCentre({ corner, size }: Patch): Vec3 {
  const mid = (axis: 0 | 1 | 2): number => corner[axis] + Math.floor(size[axis] / 2);
  return [mid(0), mid(1), mid(2)];
}

/**
 * Copies a patch out of a working-grid volume (x fastest) into `out` from `offset`; voxels outside the grid take `outside`.
 * `out` must have room for patchVoxels(patch).
 */
export function readPatch(
  values: ArrayLike<number>,
  gridSize: Vec3,
  patch: Patch,
  outside: number,
  out: Float32Array | Uint8Array,
  offset = 0,
): void {
  out.fill(outside, offset, offset + patchVoxels(patch));
  forEachRow(patch, gridSize, (gridAt, patchAt, count) => {
    for (let i = 0; i < count; i++) out[offset + patchAt + i] = values[gridAt + i]!;
  });
}

/** Calls for each row (along x) of the part of the patch inside the grid: index in the grid, index in the patch, voxels. */
export function forEachRow(
  { corner, size }: Patch,
  gridSize: Vec3,
  visit: (gridAt: number, patchAt: number, count: number) => void,
): void {
  const from = (axis: 0 | 1 | 2): number => Math.max(-corner[axis], 0);
  const to = (axis: 0 | 1 | 2): number => Math.min(gridSize[axis] - corner[axis], size[axis]);
  const count = to(0) - from(0);
  if (count <= 0) return;
  for (let z = from(2); z < to(2); z++) {
    for (let y = from(1); y < to(1); y++) {
      const gridAt = corner[0] + from(0) + gridSize[0] * (corner[1] + y + gridSize[1] * (corner[2] + z));
      visit(gridAt, from(0) + size[0] * (y + size[1] * z), count);
    }
  }
}

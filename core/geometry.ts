import { z } from 'zod';

export type Vec3 = readonly [number, number, number];

const finite = z.number().refine(Number.isFinite, 'expected a finite number');
const vec3 = z.tuple([finite, finite, finite]);

/**
 * The sampling grid of a volume in patient space (LPS, millimetres), as ITK has it.
 * `direction` is row-major 3×3; its COLUMNS are the unit vectors of the x, y and z index axes in LPS.
 * point = originLpsMm + direction · (spacingMm ∘ index).
 */
export const Grid = z.object({
  size: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
  spacingMm: vec3,
  originLpsMm: vec3,
  direction: z.tuple([finite, finite, finite, finite, finite, finite, finite, finite, finite]),
});
export type Grid = z.infer<typeof Grid>;

export function voxelCount(grid: Grid): number {
  return grid.size[0] * grid.size[1] * grid.size[2];
}

/** Continuous voxel index → point in LPS millimetres. */
export function indexToLps(grid: Grid, index: Vec3): Vec3 {
  const d = grid.direction;
  const x = index[0] * grid.spacingMm[0];
  const y = index[1] * grid.spacingMm[1];
  const z = index[2] * grid.spacingMm[2];
  return [
    grid.originLpsMm[0] + d[0] * x + d[1] * y + d[2] * z,
    grid.originLpsMm[1] + d[3] * x + d[4] * y + d[5] * z,
    grid.originLpsMm[2] + d[6] * x + d[7] * y + d[8] * z,
  ];
}

/** Point in LPS millimetres → continuous voxel index. The direction is orthonormal, so its inverse is its transpose. */
export function lpsToIndex(grid: Grid, point: Vec3): Vec3 {
  const d = grid.direction;
  const x = point[0] - grid.originLpsMm[0];
  const y = point[1] - grid.originLpsMm[1];
  const z = point[2] - grid.originLpsMm[2];
  return [
    (d[0] * x + d[3] * y + d[6] * z) / grid.spacingMm[0],
    (d[1] * x + d[4] * y + d[7] * z) / grid.spacingMm[1],
    (d[2] * x + d[5] * y + d[8] * z) / grid.spacingMm[2],
  ];
}

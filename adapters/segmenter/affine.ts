import { indexToLps, lpsToIndex, type Grid, type Vec3 } from '../../core/geometry.ts';

/** A map between the continuous voxel indices of two grids: target = origin + i·columns[0] + j·columns[1] + k·columns[2]. */
export interface IndexMap {
  origin: Vec3;
  columns: readonly [Vec3, Vec3, Vec3];
}

/** The map from continuous indices of `from` to continuous indices of `to` that keeps the point in patient space. */
export function indexMap(from: Grid, to: Grid): IndexMap {
  const origin = lpsToIndex(to, indexToLps(from, [0, 0, 0]));
  const column = (unit: Vec3): Vec3 => {
    const end = lpsToIndex(to, indexToLps(from, unit));
    return [end[0] - origin[0], end[1] - origin[1], end[2] - origin[2]];
  };
  return { origin, columns: [column([1, 0, 0]), column([0, 1, 0]), column([0, 0, 1])] };
}

export function mapIndex({ origin: o, columns: [a, b, c] }: IndexMap, [i, j, k]: Vec3): Vec3 {
  return [
    o[0] + i * a[0] + j * b[0] + k * c[0],
    o[1] + i * a[1] + j * b[1] + k * c[1],
    o[2] + i * a[2] + j * b[2] + k * c[2],
  ];
}

/** The eight corners of a box of indices, `low` and `high` both included. */
export function boxCorners(low: Vec3, high: Vec3): Vec3[] {
  return [low[2], high[2]].flatMap((z) =>
    [low[1], high[1]].flatMap((y) => [low[0], high[0]].map((x): Vec3 => [x, y, z])),
  );
}

/** The smallest and largest coordinate per axis. */
export function bounds(points: readonly Vec3[]): { low: Vec3; high: Vec3 } {
  const along = (axis: 0 | 1 | 2): number[] => points.map((point) => point[axis]);
  return {
    low: [Math.min(...along(0)), Math.min(...along(1)), Math.min(...along(2))],
    high: [Math.max(...along(0)), Math.max(...along(1)), Math.max(...along(2))],
  };
}

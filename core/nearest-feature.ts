import { squaredDistances } from './distance-transform.ts';

type Vec3 = readonly [number, number, number];

/** Rows that are searched around a voxel at most. */
const MOST_ROWS = 400;
/** Rows looked at in all, per voxel of the box, before the distance transform has become the cheaper way. */
const MOST_LOOKS = 8;
const NONE = 0xffff;

/**
 * The distance (mm) from every non-zero voxel of `from`, in raster order, to the nearest non-zero voxel of `to`; both are binary
 * volumes of one size, x fastest. Exact. `to` isn't empty.
 * Surfaces that are compared lie close together, so a search around each voxel is quicker than a distance transform of the box:
 *   1. along x every voxel learns how many steps away the next feature of its row is;
 *   2. around a voxel, rows are looked at in the order of their distance, until none can be nearer than what was found;
 *   3. when a voxel isn't done after MOST_ROWS rows, or all together have looked at MOST_LOOKS rows per voxel of the box, a
 *      distance transform answers for all that follow: masks far apart take little longer than by the transform alone.
 */
export function nearestDistances(from: Uint8Array, to: Uint8Array, size: Vec3, spacingMm: Vec3): Float64Array {
  const [nx, ny, nz] = size;
  const steps = stepsAlongRows(to, nx);
  const around = rowsAround(ny, nz, spacingMm);
  const columnMm = spacingMm[0];
  const mostLooks = MOST_LOOKS * from.length;
  let count = 0;
  for (let at = 0; at < from.length; at++) count += from[at]!;
  const distances = new Float64Array(count);
  let transformed: Float64Array | undefined;
  for (let z = 0, at = 0, k = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (from[at] === 0) continue;
        // Once there is a distance transform, it answers for all that follow.
        let squared = transformed ? transformed[at]! : nearest(steps, around, at, y, z, size, columnMm);
        if (squared < 0) squared = (transformed = squaredDistances(to, size, spacingMm))[at]!;
        if (around.looked > mostLooks) transformed ??= squaredDistances(to, size, spacingMm);
        distances[k++] = Math.sqrt(squared);
      }
    }
  }
  return distances;
}

/** Rows beside a row, the nearest first: their offsets and squared distances (mm²). */
interface RowsAround {
  dy: Int32Array;
  dz: Int32Array;
  squared: Float64Array;
  /** Every row up to this squared distance (mm²) is among them: Infinity when these are all there can be. */
  completeTo: number;
  /** How many rows were looked at so far. */
  looked: number;
}

/** The squared distance (mm²) to the nearest feature around voxel `at` = (·, y, z), or -1 when it wasn't found among the rows. */
function nearest(
  steps: Uint16Array,
  around: RowsAround,
  at: number,
  y: number,
  z: number,
  [nx, ny, nz]: Vec3,
  columnMm: number,
): number {
  const { dy, dz, squared, completeTo } = around;
  let best = Infinity;
  let row = 0;
  for (; row < squared.length && squared[row]! < best; row++) {
    const across = squared[row]!;
    const ry = y + dy[row]!;
    const rz = z + dz[row]!;
    if (ry < 0 || ry >= ny || rz < 0 || rz >= nz) continue;
    const count = steps[at + nx * (dy[row]! + ny * dz[row]!)]!;
    if (count === NONE) continue;
    const along = count * columnMm;
    const distance = along * along + across;
    if (distance < best) best = distance;
  }
  around.looked += row;
  return row < squared.length || best <= completeTo ? best : -1;
}

/** For every voxel how many steps along its row the nearest feature is; NONE in a row without one. */
function stepsAlongRows(features: Uint8Array, nx: number): Uint16Array {
  const steps = new Uint16Array(features.length);
  for (let row = 0; row < features.length; row += nx) {
    const end = row + nx;
    let since = NONE;
    for (let at = row; at < end; at++) {
      if (features[at] !== 0) since = 0;
      else if (since !== NONE) since++;
      steps[at] = since;
    }
    // A row without features is done.
    if (since === NONE) continue;
    since = NONE;
    for (let at = end - 1; at >= row; at--) {
      if (features[at] !== 0) since = 0;
      else if (since !== NONE) since++;
      if (since < steps[at]!) steps[at] = since;
    }
  }
  return steps;
}

function rowsAround(ny: number, nz: number, [, sy, sz]: Vec3): RowsAround {
  // Within this radius there are about MOST_ROWS rows, however anisotropic the grid is.
  const radiusMm = Math.sqrt((MOST_ROWS * sy * sz) / Math.PI);
  const reach = (step: number, count: number): number => Math.min(count - 1, Math.floor(radiusMm / step));
  const rows: { dy: number; dz: number; squared: number }[] = [];
  const [reachY, reachZ] = [reach(sy, ny), reach(sz, nz)];
  for (let dz = -reachZ; dz <= reachZ; dz++) {
    for (let dy = -reachY; dy <= reachY; dy++) {
      const squared = dy * sy * (dy * sy) + dz * sz * (dz * sz);
      if (squared <= radiusMm * radiusMm) rows.push({ dy, dz, squared });
    }
  }
  rows.sort((a, b) => a.squared - b.squared);
  return {
    dy: Int32Array.from(rows, ({ dy }) => dy),
    dz: Int32Array.from(rows, ({ dz }) => dz),
    squared: Float64Array.from(rows, ({ squared }) => squared),
    completeTo: rows.length === (2 * ny - 1) * (2 * nz - 1) ? Infinity : radiusMm * radiusMm,
    looked: 0,
  };
}

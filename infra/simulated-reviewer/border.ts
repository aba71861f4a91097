import { squaredDistances } from '../../core/distance-transform.ts';
import type { Vec3 } from '../../core/geometry.ts';

/** The stray of a border keeps its direction over about so many voxels of the finest spacing. */
const CORRELATION_VOXELS = 4;

/** Where a border can still be moved to, in voxels: beyond three standard deviations nothing is drawn. */
export function borderReachVoxels(sigmaVoxels: number): number {
  return Math.ceil(3 * sigmaVoxels);
}

/** How many normal draws `strayedShape` uses up for a box of this size. */
export function strayDraws(size: Vec3, spacingMm: Vec3): number {
  const [lx, ly, lz] = latticeSize(size, spacingMm);
  return lx * ly * lz;
}

/**
 * Redraws a shape with an unsteady hand: its border is moved in and out by a smooth random field with standard deviation
 * `sigmaVoxels` · the finest spacing, correlated over 4 such voxels. A voxel changes sides when the field carries the border,
 * taken half a fine voxel outside the outermost centres, across its centre; thick slices are therefore hardly ever crossed,
 * as when drawing slice by slice.
 * `shape` holds 1 and 0, size[0]·size[1]·size[2], x fastest; `normals`: `strayDraws` standard normal draws. A sigma of 0, and
 * a shape that would vanish, give the shape as it is.
 */
export function strayedShape(
  shape: Uint8Array,
  size: readonly [number, number, number],
  spacingMm: Vec3,
  sigmaVoxels: number,
  normals: Float64Array,
): Uint8Array {
  if (sigmaVoxels === 0) return shape;
  const fineMm = Math.min(...spacingMm);
  const sigmaMm = sigmaVoxels * fineMm;
  const outwards = squaredDistances(shape, size, spacingMm);
  const inwards = squaredDistances(
    shape.map((inside) => 1 - inside),
    size,
    spacingMm,
  );
  const field = new StrayField(size, spacingMm, normals);
  const strayed = shape.slice();
  const [nx, ny, nz] = size;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const inside = shape[at] === 1;
        const depthMm = Math.sqrt(inside ? inwards[at]! : outwards[at]!) - fineMm / 2;
        if (depthMm > 3 * sigmaMm) continue;
        const strayMm = sigmaMm * field.at(x, y, z);
        if (inside ? -strayMm > depthMm : strayMm > depthMm) strayed[at] = inside ? 0 : 1;
      }
    }
  }
  return strayed.includes(1) ? strayed : shape;
}

function latticeSize(size: Vec3, spacingMm: Vec3): [number, number, number] {
  const stepMm = CORRELATION_VOXELS * Math.min(...spacingMm);
  const along = (axis: 0 | 1 | 2): number => Math.floor(((size[axis] - 1) * spacingMm[axis]) / stepMm) + 2;
  return [along(0), along(1), along(2)];
}

/** Standard normal noise: draws on a lattice, linear between them, scaled so that the variance is 1 everywhere. */
class StrayField {
  private readonly lattice: [number, number, number];
  private readonly perVoxel: [number, number, number];
  private readonly normals: Float64Array;

  constructor(size: Vec3, spacingMm: Vec3, normals: Float64Array) {
    const stepMm = CORRELATION_VOXELS * Math.min(...spacingMm);
    this.lattice = latticeSize(size, spacingMm);
    this.perVoxel = [spacingMm[0] / stepMm, spacingMm[1] / stepMm, spacingMm[2] / stepMm];
    this.normals = normals;
  }

  at(x: number, y: number, z: number): number {
    const [px, py, pz] = [x * this.perVoxel[0], y * this.perVoxel[1], z * this.perVoxel[2]];
    const [ix, iy, iz] = [Math.floor(px), Math.floor(py), Math.floor(pz)];
    const [lx, ly] = this.lattice;
    let sum = 0;
    let squares = 0;
    for (let corner = 0; corner < 8; corner++) {
      const [cx, cy, cz] = [corner & 1, (corner >> 1) & 1, corner >> 2];
      const weight = near(px - ix, cx) * near(py - iy, cy) * near(pz - iz, cz);
      sum += weight * this.normals[ix + cx + lx * (iy + cy + ly * (iz + cz))]!;
      squares += weight * weight;
    }
    return sum / Math.sqrt(squares);
  }
}

function near(fraction: number, corner: number): number {
  return corner === 1 ? fraction : 1 - fraction;
}

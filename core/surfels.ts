type Vec3 = readonly [number, number, number];

/** What a cell without surface has as its code: no corner inside, or all eight. */
const EMPTY = 0;
const FULL = 255;

/**
 * Marching cubes at half height (Lorensen and Cline 1987): a cell between eight voxel centres carries one of 13 surfaces, but
 * for rotation, reflection and exchange of inside and outside. Each is given by its inner corners (dx + 2·dy + 4·dz) and by
 * its triangles' normals with the area as length: the digits are |x|, |y| and |z| in eighths of a cell of side 1; triangles in
 * one plane may stand as one. Where a surface's vertices don't lie in one plane, its area depends on the choice of triangles:
 * this is the choice of Google DeepMind's surface-distance (Nikolov et al., JMIR 2021), whose 256 codes follow from these.
 */
const BASE_SURFACES: readonly { inside: readonly number[]; normals: string }[] = [
  { inside: [0], normals: '111' },
  { inside: [0, 1], normals: '022 022' },
  { inside: [1, 2], normals: '111 111' },
  { inside: [3, 4], normals: '111 111' },
  { inside: [0, 1, 2], normals: '004 111 222' },
  { inside: [0, 3, 4], normals: '220 220 111' },
  { inside: [1, 2, 4], normals: '111 111 111' },
  { inside: [0, 1, 2, 3], normals: '004 004' },
  { inside: [0, 1, 2, 4], normals: '111 111 222 222' },
  { inside: [0, 1, 3, 4], normals: '333 220 111 202' },
  { inside: [1, 2, 3, 4], normals: '004 222 111 111' },
  { inside: [2, 3, 4, 5], normals: '022 022 022 022' },
  { inside: [0, 3, 5, 6], normals: '111 111 111 111' },
];

/** The surface elements of a binary volume. */
export interface Surfels {
  /** Cells per axis: one more than voxels, since the surface may lie outside the outermost voxel centres. */
  size: [number, number, number];
  /** Per cell (x fastest) which of its eight corners are inside, as bits dx + 2·dy + 4·dz. */
  codes: Uint8Array;
  /** 1 where a cell has a surface. */
  cells: Uint8Array;
}

/** Finds the surface cells; beyond the edge of the volume is outside. `mask` holds 1 and 0, x fastest. */
export function surfelsOf(mask: Uint8Array, [nx, ny, nz]: Vec3): Surfels {
  const size: [number, number, number] = [nx + 1, ny + 1, nz + 1];
  const codes = new Uint8Array(size[0] * size[1] * size[2]);
  const cells = new Uint8Array(codes.length);
  // With a border of zeros, cell (x, y, z) lies between voxels x and x + 1, y and y + 1, z and z + 1.
  const [px, py] = [nx + 2, ny + 2];
  const voxels = new Uint8Array(px * py * (nz + 2));
  for (let row = 0; row < ny * nz; row++) {
    const to = 1 + px * (1 + (row % ny) + py * (1 + Math.floor(row / ny)));
    voxels.set(mask.subarray(row * nx, (row + 1) * nx), to);
  }
  for (let z = 0, cell = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      const near = px * (y + py * z);
      const far = near + px * py;
      // The four corners on the left of a cell are those on the right of the one before.
      let left = 0;
      for (let x = 0; x < size[0]; x++, cell++) {
        const at = x + 1;
        const right =
          voxels[near + at]! |
          (voxels[near + px + at]! << 2) |
          (voxels[far + at]! << 4) |
          (voxels[far + px + at]! << 6);
        const code = left | (right << 1);
        left = right;
        codes[cell] = code;
        if (code !== EMPTY && code !== FULL) cells[cell] = 1;
      }
    }
  }
  return { size, codes, cells };
}

/** The area (mm²) of the surface in a cell by its code, for cells of `spacingMm`. */
export function surfelAreasMm2([sx, sy, sz]: Vec3): Float64Array {
  const areas = new Float64Array(256);
  for (const { inside, normals } of BASE_SURFACES) {
    for (const axes of AXIS_ORDERS) {
      const area = normals.split(' ').reduce((sum, normal) => {
        const [x, y, z] = axes.map((axis) => Number(normal[axis]) / 8) as [number, number, number];
        return sum + Math.hypot(x * sy * sz, y * sx * sz, z * sx * sy);
      }, 0);
      for (let flips = 0; flips < 8; flips++) {
        const code = inside.reduce((bits, corner) => bits | (1 << moved(corner ^ flips, axes)), 0);
        areas[code] = areas[FULL - code] = area;
      }
    }
  }
  return areas;
}

const AXIS_ORDERS = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
] as const;

/** Where a corner goes when new axis k is old axis axes[k]. */
function moved(corner: number, axes: readonly number[]): number {
  return axes.reduce((bits, axis, k) => bits | (((corner >> axis) & 1) << k), 0);
}

type Size = readonly [number, number, number];

/**
 * The border of a binary volume (x fastest), as 1 and 0: voxels of the mask with a voxel outside it among their 26 neighbours,
 * or their 6 face neighbours. What lies beyond the edge of the volume is outside, so a mask's voxels there are border.
 */
export function borderVoxels(mask: Uint8Array, size: Size, connectivity: 6 | 26): Uint8Array {
  return connectivity === 26 ? borderBy26(mask, size) : borderBy6(mask, size);
}

/** A voxel is inside when the columns of nine at its own x, and before and behind it, are full: each is looked at once. */
function borderBy26(mask: Uint8Array, [nx, ny, nz]: Size): Uint8Array {
  const slice = nx * ny;
  const border = mask.slice();
  for (let z = 1; z < nz - 1; z++) {
    for (let y = 1; y < ny - 1; y++) {
      const row = nx * (y + ny * z);
      let before = 0;
      let here = fullColumn(mask, row, nx, slice);
      for (let at = row; at < row + nx - 1; at++) {
        const behind = mask[at + 1] === 0 ? 0 : fullColumn(mask, at + 1, nx, slice);
        if ((before & here & behind) !== 0) border[at] = 0;
        before = here;
        here = behind;
      }
    }
  }
  return border;
}

/** 1 when a voxel and its eight neighbours of the same x are all inside. */
function fullColumn(mask: Uint8Array, at: number, nx: number, slice: number): number {
  return threeAt(mask, at, nx) & threeAt(mask, at - slice, nx) & threeAt(mask, at + slice, nx);
}

function threeAt(mask: Uint8Array, at: number, nx: number): number {
  return mask[at - nx]! & mask[at]! & mask[at + nx]!;
}

function borderBy6(mask: Uint8Array, [nx, ny, nz]: Size): Uint8Array {
  const slice = nx * ny;
  const border = mask.slice();
  for (let z = 1; z < nz - 1; z++) {
    for (let y = 1; y < ny - 1; y++) {
      const row = nx * (y + ny * z);
      for (let at = row + 1; at < row + nx - 1; at++) {
        if (mask[at] === 0) continue;
        const beside = mask[at - 1]! & mask[at + 1]! & mask[at - nx]! & mask[at + nx]!;
        if ((beside & mask[at - slice]! & mask[at + slice]!) !== 0) border[at] = 0;
      }
    }
  }
  return border;
}

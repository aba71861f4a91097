type Size = readonly [number, number, number];

/**
 * The border of a binary volume (x fastest), as 1 and 0: voxels of the mask with a voxel outside it among their 26 neighbours,
 * or their 6 face neighbours. What lies beyond the edge of the volume is outside, so a mask's voxels there are border.
 */
export function borderVoxels(mask: Uint8Array, size: Size, connectivity: 6 | 26): Uint8Array {
  return connectivity === 26 ? borderBy26(mask, size) : borderBy6(mask, size);
}

/** Erosion by a cube is erosion along each axis in turn: 9 reads a voxel instead of 27. */
function borderBy26(mask: Uint8Array, [nx, ny, nz]: Size): Uint8Array {
  const slice = nx * ny;
  const rows = new Uint8Array(mask.length);
  for (let at = 0; at < mask.length; at += nx) {
    for (let x = at + 1; x < at + nx - 1; x++) rows[x] = mask[x - 1]! & mask[x]! & mask[x + 1]!;
  }
  const planes = new Uint8Array(mask.length);
  for (let z = 0; z < nz; z++) {
    const last = z * slice + slice - nx;
    for (let at = z * slice + nx; at < last; at++) planes[at] = rows[at - nx]! & rows[at]! & rows[at + nx]!;
  }
  const border = mask.slice();
  for (let at = slice; at < mask.length - slice; at++) {
    border[at] = mask[at]! & ~(planes[at - slice]! & planes[at]! & planes[at + slice]!);
  }
  return border;
}

function borderBy6(mask: Uint8Array, [nx, ny, nz]: Size): Uint8Array {
  const slice = nx * ny;
  const border = mask.slice();
  for (let z = 1; z < nz - 1; z++) {
    for (let y = 1; y < ny - 1; y++) {
      const row = nx * (y + ny * z);
      for (let at = row + 1; at < row + nx - 1; at++) {
        const beside = mask[at - 1]! & mask[at + 1]! & mask[at - nx]! & mask[at + nx]!;
        border[at] = mask[at]! & ~(beside & mask[at - slice]! & mask[at + slice]!);
      }
    }
  }
  return border;
}

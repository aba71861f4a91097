/**
 * Where the voxels of the viewer's drawing (x right, y front, z up, closest axes first) stand in the file's own order.
 * Display voxel (i, j, k), index i + size[0]·(j + size[1]·k), is file voxel start + i·step[0] + j·step[1] + k·step[2].
 */
export interface VoxelOrder {
  size: readonly [number, number, number];
  start: number;
  step: readonly [number, number, number];
}

/** File order → display order. */
export function toDisplay(file: Uint8Array, order: VoxelOrder): Uint8Array<ArrayBuffer> {
  const display = new Uint8Array(file.length);
  eachVoxel(order, (at, fileAt) => {
    display[at] = file[fileAt]!;
  });
  return display;
}

/** Display order → file order. */
export function toFile(display: Uint8Array, order: VoxelOrder): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(display.length);
  eachVoxel(order, (at, fileAt) => {
    file[fileAt] = display[at]!;
  });
  return file;
}

/** Display indices (i, j, k) of a display voxel. */
export function displayIndices(at: number, { size }: VoxelOrder): [number, number, number] {
  const [nx, ny] = size;
  return [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
}

/** The file's index of a display voxel (i, j, k). */
export function fileIndex([i, j, k]: readonly [number, number, number], { start, step }: VoxelOrder): number {
  return start + i * step[0] + j * step[1] + k * step[2];
}

/** The display indices (i, j, k) of a voxel by the file's index: the inverse of `fileIndex`. An axis is as long in both orders. */
export function displayPlace(file: number, { size, start, step }: VoxelOrder): [number, number, number] {
  return [0, 1, 2].map((axis) => {
    const along = (index: number) => Math.floor(index / Math.abs(step[axis]!)) % size[axis]!;
    return Math.abs(along(file) - along(start));
  }) as [number, number, number];
}

function eachVoxel({ size, start, step }: VoxelOrder, visit: (display: number, file: number) => void): void {
  for (let k = 0, at = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      let file = start + j * step[1] + k * step[2];
      for (let i = 0; i < size[0]; i++, at++, file += step[0]) visit(at, file);
    }
  }
}

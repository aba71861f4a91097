import { indexToLps, voxelCount, type Grid, type Vec3 } from '../../core/geometry.ts';
import { indexAxisOf } from '../../core/orientation.ts';
import type { Volume, Voxels } from '../../core/volume.ts';

/**
 * Narrower images than this are continued, by so much on either side: measured on phantoms of 12 to 30 mm, where 4.5 and 9 mm help alike, and
 * on real stacks, where 9 mm is too much; at 60 mm both do a little harm (docs/log.md).
 */
const SLAB_MM = 40;
const CONTINUED_MM = 4.5;

/**
 * A narrow stack of sagittal slices, continued to the left and right by repeating its outer ones: spines that end so near to the edge of
 * an image are nothing that a network has seen much of. Anything wider is given back as it is. The voxels of the image stay where
 * they are in patient space.
 */
export function continuedSlab(volume: Volume): Volume {
  const { grid } = volume;
  const { axis } = indexAxisOf(grid, 0);
  const spacing = grid.spacingMm[axis];
  // What is no stack or no image is refused as it came.
  const isWhole = grid.size.every((n) => n > 1) && volume.voxels.length === voxelCount(grid);
  if (!isWhole || grid.size[axis] * spacing >= SLAB_MM) return volume;
  const more = Math.max(Math.round(CONTINUED_MM / spacing), 1);
  const size: [number, number, number] = [...grid.size];
  size[axis] += 2 * more;
  const start: [number, number, number] = [0, 0, 0];
  start[axis] = -more;
  const [x, y, z] = indexToLps(grid, start);
  const continued: Grid = { ...grid, size, originLpsMm: [x, y, z] };
  return { ...volume, grid: continued, voxels: repeated(volume.voxels, grid.size, axis, more) };
}

/** Voxels with the first and the last slice along an axis repeated `more` times. */
function repeated(voxels: Voxels, size: Vec3, axis: 0 | 1 | 2, more: number): Voxels {
  const inner = size.slice(0, axis).reduce((product, n) => product * n, 1);
  const outer = size.slice(axis + 1).reduce((product, n) => product * n, 1);
  const count = size[axis];
  const wide = count + 2 * more;
  const out = new (voxels.constructor as new (length: number) => Voxels)(inner * wide * outer);
  for (let block = 0; block < outer; block++) {
    for (let at = 0; at < wide; at++) {
      const from = inner * (Math.min(Math.max(at - more, 0), count - 1) + count * block);
      out.set(voxels.subarray(from, from + inner), inner * (at + wide * block));
    }
  }
  return out;
}

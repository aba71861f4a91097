import { displayIndices, type VoxelOrder } from './voxel-order.ts';

/**
 * The voxel of a label that is nearest to the mean of its voxels, as an index in display order; null when no voxel has the label.
 * Unlike the mean itself it always lies inside: a vertebral arch or the canal is hollow or bent.
 */
export function centralVoxel(bitmap: Uint8Array, order: VoxelOrder, label: number): number | null {
  const voxels: number[] = [];
  const sum = [0, 0, 0];
  for (let at = 0; at < bitmap.length; at++) {
    if (bitmap[at] !== label) continue;
    voxels.push(at);
    displayIndices(at, order).forEach((i, axis) => (sum[axis]! += i));
  }
  const squaredDistance = (at: number) =>
    displayIndices(at, order).reduce((total, i, axis) => total + (i - sum[axis]! / voxels.length) ** 2, 0);
  let nearest: number | null = null;
  let least = Infinity;
  for (const at of voxels) {
    const squared = squaredDistance(at);
    if (squared < least) [nearest, least] = [at, squared];
  }
  return nearest;
}

/**
 * The voxels of a mask two at a time, for loops that pass over most of a volume quickly: 0 where both are background. Without the
 * last voxel of an odd number. Lies over the voxels where it can and is a copy otherwise: not to be written to.
 */
export function voxelPairs(voxels: Int16Array): Int32Array {
  const own = voxels.byteOffset % Int32Array.BYTES_PER_ELEMENT === 0 ? voxels : voxels.slice();
  return new Int32Array(own.buffer, own.byteOffset, voxels.length >> 1);
}

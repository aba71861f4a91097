import type { Vec3 } from '../../core/geometry.ts';

/**
 * Patch centres (working voxels) in the order of the search: x fastest, then y, then z from the feet up. Per axis they stand half
 * a patch apart or less, evenly, and the first and last patch end at the volume's edge, so that every voxel lies in a patch's
 * inner half or at an edge of the volume. (The published search starts centred on the volume's corner: three quarters of its
 * first patches are outside.) An axis shorter than the patch has one centre, its middle.
 * The line of centres up the middle of the volume comes first, the others follow: whoever planned the scan put the spine there, and
 * a search that finds it there runs the network once a height instead of once a place.
 */
export function searchCentres(gridSize: Vec3, patchSize: Vec3): Vec3[] {
  const [xs, ys, zs] = [0, 1, 2].map((axis) => alongAxis(gridSize[axis]!, patchSize[axis]!)) as [
    number[],
    number[],
    number[],
  ];
  const [middleX, middleY] = [middleOf(xs), middleOf(ys)];
  const all = zs.flatMap((z) => ys.flatMap((y) => xs.map((x): Vec3 => [x, y, z])));
  const inMiddle = ([x, y]: Vec3): boolean => x === middleX && y === middleY;
  return [...all.filter(inMiddle), ...all.filter((centre) => !inMiddle(centre))];
}

/** Of an even number the upper of the two in the middle: behind, where the spine is. */
function middleOf(centres: readonly number[]): number {
  return centres[centres.length >> 1]!;
}

/** The published order: from the corner, x fastest, half a patch apart. */
export function cornerSweep(gridSize: Vec3, patchSize: Vec3): Vec3[] {
  const [xs, ys, zs] = [0, 1, 2].map((axis) => {
    const step = Math.max(Math.floor(patchSize[axis]! / 2), 1);
    return Array.from({ length: Math.ceil(gridSize[axis]! / step) }, (_, k) => k * step);
  }) as [number[], number[], number[]];
  return zs.flatMap((z) => ys.flatMap((y) => xs.map((x): Vec3 => [x, y, z])));
}

function alongAxis(size: number, patch: number): number[] {
  const room = size - patch;
  if (room <= 0) return [Math.floor(size / 2)];
  const strides = Math.ceil(room / Math.max(Math.floor(patch / 2), 1));
  const half = Math.floor(patch / 2);
  return Array.from({ length: strides + 1 }, (_, k) => half + Math.round((k * room) / strides));
}

import type { Mask } from '../../core/volume.ts';

/** A mask of one row of voxels, 2 mm long, 1 mm wide and high. */
export function rowMask(...labels: number[]): Mask {
  const grid: Mask['grid'] = {
    size: [labels.length, 1, 1],
    spacingMm: [2, 1, 1],
    originLpsMm: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  return { grid, element: 'SHORT', voxels: Int16Array.from(labels) };
}

import type { Mask } from '../../core/volume.ts';

export const SPINE_GRID: Mask['grid'] = {
  size: [9, 10, 30],
  spacingMm: [3, 1, 1],
  originLpsMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/**
 * A small column of blocks, feet at z = 0: vertebrae 1–3 of 6 slices at z = 3, 12 and 21 with discs 201–203 of 3 slices below each,
 * x 2–6, y 1–5, and the canal along y 7–8. `raised` moves all of it up by so many slices.
 */
export function spineMask(raised = 0): Mask {
  const voxels = new Int16Array(9 * 10 * 30);
  const fill = (label: number, y: [number, number], z: [number, number]): void => {
    for (let k = Math.max(0, z[0]); k <= Math.min(29, z[1]); k++)
      for (let j = y[0]; j <= y[1]; j++) for (let i = 2; i <= 6; i++) voxels[i + 9 * (j + 10 * k)] = label;
  };
  for (const level of [0, 1, 2]) {
    const base = 9 * level + raised;
    fill(201 + level, [1, 5], [base, base + 2]);
    fill(1 + level, [1, 5], [base + 3, base + 8]);
  }
  fill(100, [7, 8], [raised, 29]);
  return { grid: SPINE_GRID, element: 'SHORT', voxels };
}

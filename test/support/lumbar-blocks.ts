import type { Mask } from '../../core/volume.ts';

/** Voxels of one label: first and last index along x, y and z. */
export type Block = [label: number, x: [number, number], y: [number, number], z: [number, number]];

/**
 * Five lumbar levels as blocks of natural size, in an LPS grid of 30×40×120 voxels of 2 mm, feet at z = 0; y runs to the back.
 *
 *   vertebra k   x  5–24  y 4–20  z 10+17k – 22+17k   20×17×13 = 4420 voxels, 35.36 cm³, 26 mm high, 34 mm apart
 *   disc 200+k   x  5–24  y 4–20  z  6+17k –  9+17k   20×17×4  = 1360 voxels, 10.88 cm³,  8 mm high
 *   canal        x 11–18  y 23–29 z 10–110            8×7 voxels of 4 mm² = 2.24 cm² in every slice
 */
const LEVELS = [1, 2, 3, 4, 5];
const SPINE: Block[] = [
  [100, [11, 18], [23, 29], [10, 110]],
  ...LEVELS.map((k): Block => [k, [5, 24], [4, 20], [10 + 17 * k, 22 + 17 * k]]),
  ...LEVELS.map((k): Block => [200 + k, [5, 24], [4, 20], [6 + 17 * k, 9 + 17 * k]]),
];
const SIZE = [30, 40, 120] as const;

/** The spine with blocks painted over it, in order; label 0 erases. */
export function lumbarBlocks(...changes: Block[]): Mask {
  const voxels = new Int16Array(SIZE[0] * SIZE[1] * SIZE[2]);
  for (const [label, [x0, x1], [y0, y1], [z0, z1]] of [...SPINE, ...changes])
    for (let z = z0; z <= z1; z++) for (let y = y0; y <= y1; y++) voxels.fill(label, at(x0, y, z), at(x1, y, z) + 1);
  const grid: Mask['grid'] = {
    size: [...SIZE],
    spacingMm: [2, 2, 2],
    originLpsMm: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  return { grid, element: 'SHORT', voxels };
}

function at(x: number, y: number, z: number): number {
  return x + SIZE[0] * (y + SIZE[1] * z);
}

/** The mask with labels changed, all at once. */
export function relabelled(mask: Mask, becomes: Record<number, number>): Mask {
  return { ...mask, voxels: mask.voxels.map((label) => becomes[label] ?? label) };
}

export function withSpacing(mask: Mask, spacingMm: [number, number, number]): Mask {
  return { ...mask, grid: { ...mask.grid, spacingMm } };
}

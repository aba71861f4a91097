import type { Grid } from '../../../core/geometry.ts';
import type { Mask } from '../../../core/volume.ts';

/** x front→back, y feet→head, z right→left; 1.5 × 1.5 × 4 mm, as many lumbar series are. */
export function spineGrid(vertebrae: number): Grid {
  return {
    size: [30, 4 + LEVEL * vertebrae, 8],
    spacingMm: [1.5, 1.5, 4],
    originLpsMm: [-16, -40, -120],
    direction: [0, 0, 1, 1, 0, 0, 0, 1, 0],
  };
}

/** Rows from one vertebra to the next: disc of 4, gap of 1, body of 10, gap of 1. */
const LEVEL = 16;

interface Block {
  label: number;
  min: readonly [number, number, number];
  max: readonly [number, number, number];
}

/** Blocks from the feet up: disc 201, vertebra 1, disc 202, …, and the canal (100) behind them all. Nothing touches an edge. */
function blocks(vertebrae: number): Block[] {
  const levels = Array.from({ length: vertebrae }, (_, i) => i);
  return [
    ...levels.flatMap((i): Block[] => [
      { label: 201 + i, min: [4, 2 + LEVEL * i, 1], max: [17, 5 + LEVEL * i, 6] },
      { label: 1 + i, min: [4, 7 + LEVEL * i, 1], max: [17, 16 + LEVEL * i, 6] },
    ]),
    { label: 100, min: [20, 2, 2], max: [24, 1 + LEVEL * vertebrae, 5] },
  ];
}

function paint(mask: Mask, { label, min, max }: Block, shift: readonly [number, number] = [0, 0]): void {
  const [nx, ny] = mask.grid.size;
  for (let z = min[2]; z <= max[2]; z++) {
    for (let y = min[1] + shift[1]; y <= max[1] + shift[1]; y++) {
      for (let x = min[0] + shift[0]; x <= max[0] + shift[0]; x++) {
        const at = x + nx * (y + ny * z);
        if (y >= 0 && y < ny && mask.voxels[at] === 0) mask.voxels[at] = label;
      }
    }
  }
}

export function emptyMask(grid: Grid): Mask {
  return { grid, element: 'SHORT', voxels: new Int16Array(grid.size[0] * grid.size[1] * grid.size[2]) };
}

export function trueSpine(vertebrae: number): Mask {
  const mask = emptyMask(spineGrid(vertebrae));
  for (const block of blocks(vertebrae)) paint(mask, block);
  return mask;
}

/** What a model gets wrong. `shift`: label → how far it lies off, in voxels along x and y. */
export interface Defects {
  shift?: Record<number, readonly [number, number]>;
  missing?: readonly number[];
  /** A blob (3 × 3 × 6 voxels) of this label in the muscle behind the canal. */
  extra?: number;
  /** Added to every vertebra's and disc's number. */
  numberedOff?: number;
  /** Vertebrae called partly in view. */
  partial?: readonly number[];
}

export function spoiltSpine(vertebrae: number, defects: Defects): Mask {
  const { shift = {}, missing = [], extra, numberedOff = 0, partial = [] } = defects;
  const mask = emptyMask(spineGrid(vertebrae));
  for (const block of blocks(vertebrae)) {
    const { label } = block;
    if (missing.includes(label)) continue;
    const called = label === 100 ? 100 : label + numberedOff + (partial.includes(label) ? 100 : 0);
    paint(mask, { ...block, label: called }, shift[label]);
  }
  if (extra !== undefined) paint(mask, { label: extra, min: [26, 10, 1], max: [28, 12, 6] });
  return mask;
}

export function sameVoxels(a: Mask, b: Mask): boolean {
  return a.voxels.length === b.voxels.length && a.voxels.every((label, at) => label === b.voxels[at]);
}

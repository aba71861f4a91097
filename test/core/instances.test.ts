import { describe, expect, it } from 'vitest';
import { indexToLps, lpsToIndex, type Grid } from '../../core/geometry.ts';
import { instancesFromClasses } from '../../core/instances.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { StructureClass } from '../../core/labels.ts';
import type { Mask } from '../../core/volume.ts';

const CLASSES: Record<string, StructureClass | 'background'> = {
  1: 'vertebra',
  2: 'disc',
  3: 'canal',
  9: 'background',
};

/** Blocks in patient space: label in the class mask, label expected, centre (y, z) and half size (y, z) in mm. */
type Block = [from: number, to: number, y: number, z: number, halfY: number, halfZ: number];

/**
 * Central slices of a spine that leans: bodies 30 mm apart, each 4 mm further back than the one below, the lowest tilted so
 * that its arch lies higher than its centre; arches 40 mm behind and, further up, 10 mm lower than the bodies.
 *
 *          body  canal  arch
 *   z 100   3     0
 *   z  90   d     0      3        disc 203 at z 85
 *   z  70   2     0
 *   z  60   d     0      2
 *   z  40   1     0
 *   z  42         0      1        disc 201 at z 22
 */
const SPINE: Block[] = [
  [3, 100, 22, 60, 4, 58],
  [1, 1, 0, 40, 10, 10],
  [1, 2, 4, 70, 10, 10],
  [1, 3, 8, 100, 10, 10],
  [1, 1, 40, 42, 8, 6],
  [1, 2, 44, 60, 8, 6],
  [1, 3, 48, 90, 8, 6],
  [2, 201, -2, 22, 9, 3],
  [2, 202, 2, 55, 9, 3],
  [2, 203, 6, 85, 9, 3],
];

const LPS: Grid = {
  size: [4, 45, 62],
  spacingMm: [3, 2, 2],
  originLpsMm: [0, -20, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
// The same space kept as sagittal slices: x to the back, y to the feet, z to the right.
const PIR: Grid = {
  size: [45, 62, 4],
  spacingMm: [2, 2, 3],
  originLpsMm: [9, -20, 122],
  direction: [0, 0, -1, 1, 0, 0, 0, -1, 0],
};

function draw(grid: Grid, blocks: Block[]): { classes: Mask; expected: Int16Array } {
  const [nx, ny, nz] = grid.size;
  const classes = new Int16Array(nx * ny * nz);
  const expected = new Int16Array(nx * ny * nz);
  for (let at = 0; at < classes.length; at++) {
    const [, y, z] = indexToLps(grid, [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]);
    for (const [from, to, cy, cz, hy, hz] of blocks) {
      if (Math.abs(y - cy) > hy || Math.abs(z - cz) > hz) continue;
      classes[at] = from;
      expected[at] = to;
    }
  }
  return { classes: { grid, element: 'SHORT', voxels: classes }, expected };
}

function check(blocks: Block[], grid = LPS): void {
  const { classes, expected } = draw(grid, blocks);
  const found = instancesFromClasses(classes, CLASSES);
  expect(found.grid).toEqual(grid);
  const wrong = new Set<string>();
  found.voxels.forEach((label, at) => {
    if (label !== expected[at]) wrong.add(`${label} instead of ${expected[at]}`);
  });
  expect([...wrong]).toEqual([]);
}

describe('instancesFromClasses', () => {
  it('numbers bodies from the feet, gives arches to their bodies and discs to the vertebra above', () => {
    check(SPINE);
  });

  it('does the same however the file stores its axes', () => {
    check(SPINE, PIR);
    expect(lpsToIndex(PIR, [9, -20, 122])).toEqual([0, 0, 0]);
  });

  it('numbers discs by their vertebrae: a first disc that lies above the lowest body is 202', () => {
    check(SPINE.filter(([, to]) => to !== 201));
  });

  it('numbers a disc above the top body one higher', () => {
    check([...SPINE, [2, 204, 10, 116, 9, 3]]);
  });

  it('keeps a cut top vertebra, small as it is, with its arch', () => {
    // Of vertebra 4 only the lowest 4 mm of the body are in view, and the top of its arch.
    check([...SPINE, [1, 4, 12, 120, 10, 2], [1, 4, 52, 117, 8, 5]]);
  });

  it('counts without a canal, and without vertebrae', () => {
    check(SPINE.filter(([from, , y]) => from !== 3 && y < 30));
    check(SPINE.filter(([from]) => from === 2));
  });

  it('gives a fragment the number of what it lies at, and drops one far from everything', () => {
    const near: Block = [1, 2, -10, 66, 0.9, 0.9]; // in front of vertebra 2
    const disc: Block = [2, 203, -6, 85, 0.9, 0.9]; // in front of disc 203, cut off by the gap below
    const gap: Block = [9, 0, -3, 85, 1.9, 3];
    const discs = SPINE.map((block): Block => (block[1] === 203 ? [2, 203, 6, 85, 7, 3] : block));
    check([...SPINE, near]);
    check([...discs, gap, disc]);
    check([[1, 0, -18, 2, 0.9, 0.9], ...SPINE]);
  });

  it('drops labels that the mapping calls background and refuses labels that it leaves out', () => {
    check([...SPINE, [9, 0, 60, 110, 6, 4]]);
    const { classes } = draw(LPS, [...SPINE, [4, 0, 60, 110, 6, 4]]);
    expect(() => instancesFromClasses(classes, CLASSES)).toThrow(
      new InvalidInputError('mask', 'voxels', 'labels with a class: 1, 2, 3, 9', '4'),
    );
  });

  it('gives an empty mask for an empty mask', () => {
    check([]);
  });

  it('refuses more pieces in a row than there are labels', () => {
    const grid: Grid = { ...LPS, size: [1, 1, 60], originLpsMm: [0, 0, 0] };
    const voxels = Int16Array.from({ length: 60 }, (_, z) => (z % 2 === 0 ? 1 : 0));
    expect(() => instancesFromClasses({ grid, element: 'SHORT', voxels }, CLASSES)).toThrow(/at most 25 pieces/);
  });
});

import { describe, expect, test } from 'vitest';
import { cutStructure } from '../../../adapters/segmenter/structure.ts';
import { workingGrid } from '../../../adapters/segmenter/working-grid.ts';
import { writeBack } from '../../../adapters/segmenter/write-back.ts';
import { indexToLps, voxelCount, type Grid, type Vec3 } from '../../../core/geometry.ts';
import { LPS, PIR } from './block-tower.ts';

const SPACING: Vec3 = [4, 3, 3];

/** A soft ball on the working grid: p = 0.5 exactly on its surface, falling by 0.1 per mm. */
function ball(working: Grid, centre: Vec3, radiusMm: number) {
  const p = new Float32Array(voxelCount(working));
  const [nx, ny] = working.size;
  for (let at = 0; at < p.length; at++) {
    const index: Vec3 = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
    const point = indexToLps(working, index);
    const mm = Math.hypot(point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]);
    p[at] = Math.min(Math.max(0.5 + 0.1 * (radiusMm - mm), 0), 1);
  }
  const mask = Uint8Array.from(p, (value) => (value > 0.5 ? 1 : 0));
  const region = { mask, voxels: mask.reduce((sum, bit) => sum + bit, 0) };
  return cutStructure(p, 0, { corner: [0, 0, 0], size: working.size }, region, working.size)!;
}

function dice(mask: Int16Array, image: Grid, centre: Vec3, radiusMm: number, label: number): number {
  let both = 0;
  let sum = 0;
  for (let at = 0; at < mask.length; at++) {
    const [nx, ny] = image.size;
    const point = indexToLps(image, [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]);
    const truth = Math.hypot(...point.map((mm, axis) => mm - centre[axis]!)) < radiusMm;
    both += truth && mask[at] === label ? 1 : 0;
    sum += Number(truth) + Number(mask[at] === label);
  }
  return (2 * both) / sum;
}

const c = Math.cos(0.2);
const s = Math.sin(0.2);
const grids: [string, Grid][] = [
  ['LPS, finer', { size: [20, 90, 95], spacingMm: [3.3, 0.8, 0.8], originLpsMm: [-30, -40, 100], direction: LPS }],
  ['PIR, finer', { size: [80, 80, 16], spacingMm: [0.9, 0.9, 4.4], originLpsMm: [20, -30, 60], direction: PIR }],
  [
    'oblique',
    { size: [18, 70, 70], spacingMm: [4, 1.1, 1.1], originLpsMm: [5, 6, 7], direction: [c, -s, 0, s, c, 0, 0, 0, 1] },
  ],
];

describe('writeBack', () => {
  test.each(grids)('a ball keeps its surface: %s', (_, image) => {
    const working = workingGrid(image, SPACING);
    const middle = image.size.map((n) => (n - 1) / 2) as [number, number, number];
    const centre = indexToLps(image, middle);
    const mask = writeBack([{ label: 3, structure: ball(working, centre, 20) }], image, working);
    expect(mask.grid).toBe(image);
    expect(mask.voxels.length).toBe(voxelCount(image));
    // Trilinear interpolation of a curved surface at 4 × 3 × 3 mm cuts off about 0.1 mm of a 20 mm radius.
    expect(dice(mask.voxels, image, centre, 20, 3)).toBeGreaterThan(0.985);
    // The control: half a working voxel off is seen.
    expect(dice(mask.voxels, image, [centre[0], centre[1], centre[2] + 1.5], 20, 3)).toBeLessThan(0.96);
  });

  test('a structure cut by the image is drawn up to its last voxel, beyond the last working voxel too', () => {
    // 11 voxels of 1 mm: extent 10 mm, working voxels at 0, 3, 6, 9 mm; the image goes on to 10 mm.
    const image: Grid = { size: [11, 11, 11], spacingMm: [1, 1, 1], originLpsMm: [0, 0, 0], direction: LPS };
    const working = workingGrid(image, SPACING);
    expect(working.size).toEqual([3, 4, 4]);
    const mask = writeBack([{ label: 7, structure: ball(working, [5, 5, 5], 50) }], image, working);
    expect(mask.voxels.every((label) => label === 7)).toBe(true);
  });

  test('the earlier in the list has priority', () => {
    const [, image] = grids[0]!;
    const working = workingGrid(image, SPACING);
    const centre = indexToLps(image, [10, 45, 47]);
    const big = ball(working, centre, 20);
    const small = ball(working, centre, 12);
    const inside = writeBack(
      [
        { label: 1, structure: small },
        { label: 100, structure: big },
      ],
      image,
      working,
    );
    const covered = writeBack(
      [
        { label: 100, structure: big },
        { label: 1, structure: small },
      ],
      image,
      working,
    );
    expect(dice(inside.voxels, image, centre, 12, 1)).toBeGreaterThan(0.96);
    expect(covered.voxels.includes(1)).toBe(false);
  });

  test('nothing gives an empty mask', () => {
    const [, image] = grids[0]!;
    expect(writeBack([], image, workingGrid(image, SPACING)).voxels.some((label) => label !== 0)).toBe(false);
  });
});

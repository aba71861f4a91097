import { describe, expect, it } from 'vitest';
import { interpolateSlices } from '../../adapters/interpolation.ts';
import type { Grid } from '../../core/geometry.ts';
import type { Mask } from '../../core/volume.ts';

const SIZE: Grid['size'] = [30, 30, 13];
const GRID: Grid = { size: SIZE, spacingMm: [1, 1, 3], originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };

/** A mask of circles: [label, slice, centre x, centre y, radius]. */
function circles(...drawn: [label: number, z: number, x: number, y: number, radius: number][]): Mask {
  const voxels = new Int16Array(30 * 30 * 13);
  for (const [label, z, cx, cy, radius] of drawn)
    for (let y = 0; y < 30; y++)
      for (let x = 0; x < 30; x++) if (Math.hypot(x - cx, y - cy) <= radius) voxels[x + 30 * (y + 30 * z)] = label;
  return { grid: GRID, element: 'SHORT', voxels };
}

function area({ voxels }: Mask, z: number, label: number): number {
  return voxels.subarray(900 * z, 900 * (z + 1)).reduce((count, value) => count + (value === label ? 1 : 0), 0);
}

describe('interpolateSlices', () => {
  it('fills a cylinder between its ends, and nothing beyond them', async () => {
    const ends = circles([7, 2, 15, 15, 6], [7, 8, 15, 15, 6]);
    const filled = await interpolateSlices(ends);
    // A circle of radius 6 on a lattice holds 113 points.
    expect(Array.from({ length: 13 }, (_, z) => area(filled, z, 7))).toEqual([
      0, 0, 113, 113, 113, 113, 113, 113, 113, 0, 0, 0, 0,
    ]);
    expect(filled.grid).toBe(GRID);
  });

  it('takes the shape half-way between two', async () => {
    const filled = await interpolateSlices(circles([201, 2, 15, 15, 4], [201, 6, 15, 15, 10]));
    // Radius 7 in the middle would be 149 points; radius 6 is 113, radius 8 is 197.
    expect(area(filled, 4, 201)).toBeGreaterThan(113);
    expect(area(filled, 4, 201)).toBeLessThan(197);
    expect(area(filled, 3, 201)).toBeLessThan(area(filled, 4, 201));
    expect(area(filled, 5, 201)).toBeGreaterThan(area(filled, 4, 201));
  });

  it('leaves what was annotated to the voxel, and labels that were not chosen', async () => {
    const drawn = circles(
      [1, 1, 8, 8, 5],
      [1, 5, 8, 8, 5],
      [202, 1, 21, 21, 4],
      [202, 5, 21, 21, 4],
      // In the way of the first label.
      [100, 3, 8, 8, 2],
    );
    const filled = await interpolateSlices(drawn, { labels: [1] });
    drawn.voxels.forEach((label, i) => {
      if (label !== 0 && filled.voxels[i] !== label) expect.unreachable(`voxel ${i} changed`);
    });
    expect(area(filled, 3, 202)).toBe(0);
    // 81 points in a circle of radius 5, 13 in one of radius 2.
    expect(area(filled, 3, 1)).toBe(81 - 13);
    expect(area(filled, 3, 100)).toBe(13);
    expect(area(await interpolateSlices(drawn), 3, 202)).toBe(49);
  });

  it('goes along the coarsest axis, or the one it is given', async () => {
    const ends = circles([3, 2, 15, 15, 6], [3, 5, 15, 15, 6]);
    const along = async (axis: 0 | 1 | 2): Promise<number> => area(await interpolateSlices(ends, { axis }), 3, 3);
    // Across x or y each slice shows two bars that are annotated without a gap.
    expect([await along(0), await along(1), await along(2)]).toEqual([0, 0, 113]);
    const acrossX: Mask = { ...ends, grid: { ...GRID, spacingMm: [4, 1, 1] } };
    expect((await interpolateSlices(acrossX)).voxels).toEqual(ends.voxels);
    // Squares of 3 by 3 in planes of x.
    const planes = (...xs: number[]): Mask => {
      const mask = circles();
      for (const x of xs)
        for (const y of [9, 10, 11]) for (const z of [5, 6, 7]) mask.voxels[x + 30 * (y + 30 * z)] = 9;
      return mask;
    };
    expect((await interpolateSlices(planes(3, 7), { axis: 0 })).voxels).toEqual(planes(3, 4, 5, 6, 7).voxels);
  });

  it('gives an empty mask back, and refuses a label that is not there', async () => {
    const empty = circles();
    expect((await interpolateSlices(empty)).voxels).toEqual(empty.voxels);
    await expect(interpolateSlices(empty, { labels: [5] })).rejects.toThrow(
      'interpolation: labels: expected labels of the mask, got 5',
    );
  });

  it('ends when its time is over', async () => {
    const ends = circles([7, 2, 15, 15, 6], [7, 8, 15, 15, 6]);
    await expect(interpolateSlices(ends, { timeLimitMs: 1 })).rejects.toThrow(/took longer than/);
  });
});

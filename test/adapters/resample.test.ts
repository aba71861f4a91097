import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resampleToGrid } from '../../adapters/resample.ts';
import type { Grid } from '../../core/geometry.ts';
import type { Volume } from '../../core/volume.ts';

// Stored as PIR: x runs to the back, y to the feet, z to the right.
const stored: Grid = {
  size: [5, 4, 3],
  spacingMm: [1, 1.5, 2],
  originLpsMm: [10, -5, 3],
  direction: [0, 0, -1, 1, 0, 0, 0, -1, 0],
};
// Turned by 36.87 degrees and left-handed (determinant -1), all of it inside the stored grid.
const turned: Grid = {
  size: [4, 3, 2],
  spacingMm: [0.9, 1.1, 1.7],
  originLpsMm: [7.9, -4.2, 1.9],
  direction: [0.8, -0.6, 0, 0.6, 0.8, 0, 0, 0, -1],
};
const values = Array.from({ length: 60 }, (_, i) => (i * 37) % 101);
const asShort: Volume = { grid: stored, element: 'SHORT', voxels: Int16Array.from(values) };
const asFloat: Volume = { grid: stored, element: 'FLOAT', voxels: Float32Array.from(values) };

// SimpleITK 2.5, sitk.Resample(float image, size, identity, sitkLinear | sitkNearestNeighbor, origin, spacing, direction, -7).
const LINEAR = [
  50.706, 53.564774, 60.161892, 65.76133, 54.504745, 58.949894, 49.54592, 54.826, 47.13424, 44.840668, 54.149975,
  55.323334, 49.148, 40.616665, 48.716667, 57.806667, 49.868267, 60.27107, 41.505066, 48.756668, 31.304266, 26.516666,
  34.980267, 36.056667,
];
const NEAREST = [53, 53, 57, 57, 90, 90, 26, 94, 59, 26, 63, 63, 36, 36, 40, 40, 73, 73, 9, 77, 42, 9, 46, 46];

describe('resampleToGrid', () => {
  it('agrees with SimpleITK on a turned, left-handed grid', async () => {
    const linear = await resampleToGrid(asFloat, turned, 'linear', { outsideValue: -7 });
    expect(linear.grid).toEqual(turned);
    expect(linear.element).toBe('FLOAT');
    LINEAR.forEach((value, i) => expect(linear.voxels[i]).toBeCloseTo(value, 4));
    const nearest = await resampleToGrid(asFloat, turned, 'nearest');
    expect([...nearest.voxels]).toEqual(NEAREST);
  });

  it('keeps the element type; linear values of whole-number types are cut, as in ITK', async () => {
    const linear = await resampleToGrid(asShort, turned, 'linear');
    expect(linear.voxels).toEqual(Int16Array.from(LINEAR.map(Math.trunc)));
    const nearest = await resampleToGrid(asShort, turned, 'nearest');
    expect(nearest.voxels).toEqual(Int16Array.from(NEAREST));
  });

  it('gives the same voxels back on its own grid and leaves the input as it was', async () => {
    const same = await resampleToGrid(asShort, stored, 'nearest');
    expect([...same.voxels]).toEqual(values);
    expect([...asShort.voxels]).toEqual(values);
  });

  it('takes the outside value where the input does not reach', async () => {
    // One axis, by hand: 4 voxels at 0, 1, 2, 3 mm read at -0.8, 0.6, 2, 3.4 and 4.8 mm; ITK's buffer reaches
    // from -0.5 to 3.5 mm, and beyond its outer voxel centres the edge value holds.
    const line: Volume = {
      grid: { size: [4, 1, 1], spacingMm: [1, 1, 1], originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
      element: 'FLOAT',
      voxels: Float32Array.from([10, 20, 30, 40]),
    };
    const read = await resampleToGrid(
      line,
      { ...line.grid, size: [5, 1, 1], spacingMm: [1.4, 1, 1], originLpsMm: [-0.8, 0, 0] },
      'linear',
      { outsideValue: -1 },
    );
    [-1, 16, 30, 40, -1].forEach((value, i) => expect(read.voxels[i]).toBeCloseTo(value, 4));
  });

  it('does not read beside a view into a larger buffer', async () => {
    const buffer = new Int16Array(64).fill(999);
    buffer.set(values, 2);
    const view: Volume = { ...asShort, voxels: buffer.subarray(2, 62) };
    expect([...(await resampleToGrid(view, stored, 'nearest')).voxels]).toEqual(values);
  });

  it('rejects with an Error when the pipeline throws and when the time is over', async () => {
    const singular: Grid = { ...stored, direction: [0, 0, 0, 0, 0, 0, 0, 0, 0] };
    await expect(resampleToGrid(asShort, singular, 'linear')).rejects.toThrow(/resampling failed/);
    await expect(resampleToGrid(asShort, turned, 'linear', { timeLimitMs: 1 })).rejects.toThrow(/longer than 1 ms/);
  });
});

interface GoldenCase {
  name: string;
  source: Grid;
  target: Grid;
  linear: number[];
  nearest: number[];
}
// Made by make_golden.py there.
const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../data/resample/golden.json'), 'utf8')) as {
  voxels: number[];
  cases: GoldenCase[];
};

describe('resampleToGrid against SimpleITK', () => {
  it.each(golden.cases)('$name', async ({ source, target, linear, nearest }) => {
    const short: Volume = { grid: source, element: 'SHORT', voxels: Int16Array.from(golden.voxels) };
    const float: Volume = { grid: source, element: 'FLOAT', voxels: Float32Array.from(golden.voxels) };
    const options = { outsideValue: -7 };
    const [read, nearby] = await Promise.all([
      resampleToGrid(float, target, 'linear', options),
      resampleToGrid(short, target, 'nearest', options),
    ]);
    expect([...nearby.voxels]).toEqual(nearest);
    const worst = linear.reduce((most, value, i) => Math.max(most, Math.abs(value - read.voxels[i]!)), 0);
    expect(worst).toBeLessThan(1e-3);
    // Both inside and, for the last target, outside.
    expect(nearest.some((value) => value !== -7)).toBe(true);
  });
});

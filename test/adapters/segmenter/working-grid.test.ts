import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { toWorkingGrid } from '../../../adapters/segmenter/working-grid.ts';
import type { Grid } from '../../../core/geometry.ts';
import { ORIENTATION_CODES, reorient } from '../../../core/reorient.ts';
import { InvalidInputError } from '../../../core/invalid-input.ts';
import type { NetworkSpec } from '../../../core/trainer-contract.ts';
import type { Volume } from '../../../core/volume.ts';

interface Golden {
  spec: Pick<NetworkSpec, 'spacingMm' | 'outsideValue' | 'clipMin' | 'clipMax'>;
  cases: (Grid & {
    name: string;
    voxels: string;
    working: { size: number[]; originLpsMm: number[]; insideVoxels: number };
    values: string;
  })[];
}

// Made by make_working_grid_golden.py, beside it, with numpy and scipy.
const golden = JSON.parse(
  readFileSync(new URL('../../data/segmenter/working-grid.json', import.meta.url), 'utf8'),
) as Golden;

const SPEC: NetworkSpec = {
  kind: 'iis',
  ...golden.spec,
  patch: [24, 40, 40],
  inputs: ['image', 'vertebra-memory', 'disc-memory'],
  outputs: ['vertebra', 'disc', 'canal'],
};

function bytesOf(base64: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(base64, 'base64')).buffer;
}

function volume(size: [number, number, number], fill: (at: number) => number): Volume<Float32Array> {
  const voxels = Float32Array.from({ length: size[0] * size[1] * size[2] }, (_, at) => fill(at));
  const grid: Grid = { size, spacingMm: [4, 3, 3], originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
  return { grid, element: 'FLOAT', voxels };
}

describe('toWorkingGrid', () => {
  test.each(golden.cases.map((each) => [each.name, each] as const))('equals scipy within 1e-4: %s', (_, each) => {
    const { size, spacingMm, originLpsMm, direction } = each;
    const image: Volume = {
      grid: { size, spacingMm, originLpsMm, direction },
      element: 'SHORT',
      voxels: new Int16Array(bytesOf(each.voxels)),
    };
    const working = toWorkingGrid(image, SPEC);
    expect(working.grid.size).toEqual(each.working.size);
    working.grid.originLpsMm.forEach((mm, axis) => expect(mm).toBeCloseTo(each.working.originLpsMm[axis]!, 9));
    const expected = new Float32Array(bytesOf(each.values));
    expect(working.values.length).toBe(expected.length);
    let worst = 0;
    working.values.forEach((value, at) => (worst = Math.max(worst, Math.abs(value - expected[at]!))));
    expect(worst).toBeLessThan(1e-4);
    expect(working.values.filter((value) => value !== SPEC.outsideValue).length).toBe(each.working.insideVoxels);
  });

  test.each(ORIENTATION_CODES)('gives the same however the image is stored: %s', (code) => {
    const random = volume([9, 14, 11], (at) => (at * 7919) % 1009);
    random.grid = { ...random.grid, spacingMm: [5, 0.7, 1.3], originLpsMm: [-12.5, 40, 3] };
    const expected = toWorkingGrid(random, SPEC);
    const working = toWorkingGrid(reorient(random, code), SPEC);
    expect(working.grid.size).toEqual(expected.grid.size);
    working.grid.originLpsMm.forEach((mm, axis) => expect(mm).toBeCloseTo(expected.grid.originLpsMm[axis]!, 9));
    working.values.forEach((value, at) => expect(value).toBeCloseTo(expected.values[at]!, 4));
  });

  test('a grid that leans by a hair gives almost the same as one that does not', () => {
    // The one is sampled an axis at a time, the other voxel by voxel.
    const straight = volume([9, 24, 31], (at) => (at * 7919) % 1009);
    straight.grid.spacingMm = [3.1, 0.9, 0.8];
    const [c, s] = [Math.cos(1e-5), Math.sin(1e-5)];
    const leaning = { ...straight, grid: { ...straight.grid, direction: [c, -s, 0, s, c, 0, 0, 0, 1] as const } };
    const expected = toWorkingGrid(straight, SPEC);
    const working = toWorkingGrid(leaning as unknown as Volume, SPEC);
    expect(working.grid.size).toEqual(expected.grid.size);
    working.values.forEach((value, at) => expect(value).toBeCloseTo(expected.values[at]!, 2));
  });

  test('an image already on the working grid is only normalised', () => {
    // 100 voxels 0..99: p5 = 4.95 and p95 = 94.05, so voxel v becomes (v - 4.95) / 89.1.
    const working = toWorkingGrid(
      volume([4, 5, 5], (at) => at),
      SPEC,
    );
    expect(working.grid.size).toEqual([4, 5, 5]);
    [0, 17, 99].forEach((at) => expect(working.values[at]).toBeCloseTo((at - 4.95) / 89.1, 5));
  });

  test('a constant image becomes 0', () => {
    expect(
      new Set(
        toWorkingGrid(
          volume([3, 3, 3], () => 41),
          SPEC,
        ).values,
      ),
    ).toEqual(new Set([0]));
  });

  test('leaves the image itself as it was', () => {
    const image = volume([8, 8, 8], (at) => at % 7);
    image.grid.spacingMm = [1, 1, 1];
    const before = image.voxels.slice();
    toWorkingGrid(image, SPEC);
    expect(image.voxels).toEqual(before);
  });

  test.each<[string, Volume, string]>([
    ['a single slice', volume([1, 5, 5], () => 1), 'size'],
    ['not a number', volume([3, 3, 3], (at) => (at === 5 ? NaN : at)), 'voxels'],
    ['infinity', volume([3, 3, 3], (at) => (at === 26 ? Infinity : at)), 'voxels'],
    ['too few voxels', { ...volume([3, 3, 3], () => 1), voxels: new Float32Array(26) }, 'voxels'],
    [
      'an extent of kilometres',
      {
        ...volume([2, 2, 2], () => 1),
        grid: { ...volume([2, 2, 2], () => 1).grid, spacingMm: [1e7, 1e7, 1e7] },
      },
      'extent',
    ],
  ])('refuses %s', (_, image, field) => {
    const attempt = (): unknown => toWorkingGrid(image, SPEC, 'case.mha');
    expect(attempt).toThrow(InvalidInputError);
    expect(attempt).toThrow(`case.mha: ${field}: expected`);
  });
});

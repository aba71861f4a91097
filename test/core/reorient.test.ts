import { describe, expect, it } from 'vitest';
import { resampleToGrid } from '../../adapters/resample.ts';
import { voxelDigest } from '../../adapters/volume.ts';
import { indexToLps, type Grid } from '../../core/geometry.ts';
import { orientationCode, sameGrid } from '../../core/orientation.ts';
import { canonicalCode, inverse, ORIENTATION_CODES, permutationTo, permute, reorient } from '../../core/reorient.ts';
import type { Volume } from '../../core/volume.ts';

const SIZE: Grid['size'] = [4, 3, 2];
const LPS: Grid = {
  size: SIZE,
  spacingMm: [0.5, 0.75, 4],
  originLpsMm: [8, -16, 32],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};
const [c, s] = [0.96, 0.28];
// Turned about the left-right and then the head-feet axis: oblique in all directions, orthonormal to the last bit but one.
const OBLIQUE: Grid = { ...LPS, direction: [c, -s * c, s * s, s, c * c, -c * s, 0, s, c] };
const numbered = (grid: Grid): Volume<Int16Array> => ({
  grid,
  element: 'SHORT',
  voxels: Int16Array.from({ length: 24 }, (_, i) => i),
});

/** Every voxel's value by where it lies, to 1e-6 mm. */
function byPlace({ grid, voxels }: Volume): Map<string, number> {
  const places = new Map<string, number>();
  for (let i = 0; i < voxels.length; i++) {
    const [nx, ny] = grid.size;
    const point = indexToLps(grid, [i % nx, Math.floor(i / nx) % ny, Math.floor(i / (nx * ny))]);
    places.set(point.map((mm) => (Math.round(mm * 1e6) / 1e6 + 0).toFixed(6)).join(' '), voxels[i]!);
  }
  return places;
}

describe('reorient', () => {
  it('knows 48 codes', () => {
    expect(new Set(ORIENTATION_CODES).size).toBe(48);
    expect(ORIENTATION_CODES).toContain('PIR');
  });

  it('turns a small volume as drawn', () => {
    // Two rows of three: 0 1 2 / 3 4 5, x to the left, y to the back. In ALS: x to the front, y to the left.
    const grid: Grid = { ...LPS, size: [3, 2, 1], spacingMm: [1, 2, 3], originLpsMm: [0, 0, 0] };
    const turned = reorient({ grid, element: 'UCHAR', voxels: Uint8Array.from([0, 1, 2, 3, 4, 5]) }, 'ALS');
    expect(turned.grid).toEqual({
      size: [2, 3, 1],
      spacingMm: [2, 1, 3],
      originLpsMm: [0, 2, 0],
      direction: [0, 1, 0, -1, 0, 0, 0, 0, 1],
    });
    expect([...turned.voxels]).toEqual([3, 0, 4, 1, 5, 2]);
  });

  it.each([
    ['a straight grid', LPS],
    ['an oblique grid', OBLIQUE],
  ])('gets from each of the 48 orientations to each other and back, %s', (_, grid) => {
    const first = numbered(grid);
    const where = byPlace(first);
    for (const from of ORIENTATION_CODES) {
      const stored = reorient(first, from);
      expect(orientationCode(stored.grid)).toBe(from);
      expect(byPlace(stored)).toEqual(where);
      for (const to of ORIENTATION_CODES) {
        const turned = reorient(stored, to);
        expect(orientationCode(turned.grid)).toBe(to);
        const back = permute(turned, inverse(permutationTo(stored.grid, to)));
        expect(back.voxels).toEqual(stored.voxels);
        expect(sameGrid(back.grid, stored.grid, 1e-9)).toEqual({ same: true });
      }
    }
  });

  it('brings back the very digest where no rounding comes in', () => {
    const first = numbered(LPS);
    const digest = voxelDigest(first);
    for (const code of ORIENTATION_CODES) {
      const turned = reorient(first, code);
      expect(voxelDigest(turned) === digest).toBe(code === 'LPS');
      expect(voxelDigest(reorient(turned, 'LPS'))).toBe(digest);
    }
  });

  it('is what resampling by nearest neighbour gives', async () => {
    const turned = reorient(numbered(OBLIQUE), 'SRA');
    const resampled = await resampleToGrid(numbered(OBLIQUE), turned.grid, 'nearest', { outsideValue: -1 });
    expect(resampled.voxels).toEqual(turned.voxels);
  });

  it.each(['LP', 'LLS', 'LRS', 'XYZ', 'lps', 'LPSR', 'LPL'])('refuses %s', (code) => {
    expect(() => reorient(numbered(LPS), code)).toThrow(/^orientation: code: expected three of/);
  });
});

describe('canonicalCode', () => {
  it('goes by the slice axis, whatever the order of storage', () => {
    const sagittal: Grid = { ...LPS, spacingMm: [4, 0.5, 0.5] };
    for (const code of ORIENTATION_CODES) {
      expect(canonicalCode(reorient(numbered(sagittal), code).grid)).toBe('PIL');
      expect(canonicalCode(reorient(numbered(LPS), code).grid)).toBe('LPS');
      expect(canonicalCode(reorient(numbered({ ...LPS, spacingMm: [1, 3, 1] }), code).grid)).toBe('LIP');
      expect(canonicalCode(reorient(numbered({ ...LPS, spacingMm: [1, 1, 1] }), code).grid)).toBe('PIL');
    }
  });
});

import { describe, expect, it } from 'vitest';
import type { Grid } from '../../core/geometry.ts';
import { indexAxisOf, isOblique, lpsAxisOf, orientationCode, sameGrid } from '../../core/orientation.ts';

const turn = (degrees: number): [number, number] => [
  Math.cos((degrees * Math.PI) / 180),
  Math.sin((degrees * Math.PI) / 180),
];
function gridWith(direction: Grid['direction']): Grid {
  return { size: [100, 200, 20], spacingMm: [0.5, 0.5, 4], originLpsMm: [1, 2, 3], direction };
}
const LPS = gridWith([1, 0, 0, 0, 1, 0, 0, 0, 1]);
// Columns: x → back (0,1,0), y → feet (0,0,-1), z → right (-1,0,0).
const PIR = gridWith([0, 0, -1, 1, 0, 0, 0, -1, 0]);

describe('orientationCode', () => {
  it('says where each index grows towards', () => {
    expect(orientationCode(LPS)).toBe('LPS');
    expect(orientationCode(PIR)).toBe('PIR');
    expect(orientationCode(gridWith([-1, 0, 0, 0, -1, 0, 0, 0, 1]))).toBe('RAS');
  });

  it('takes the closest code for an oblique grid, and says that it is oblique', () => {
    const [c, s] = turn(20);
    const oblique = gridWith([1, 0, 0, 0, c, -s, 0, s, c]);
    expect(orientationCode(oblique)).toBe('LPS');
    expect(isOblique(oblique)).toBe(true);
    expect(isOblique(PIR)).toBe(false);
    expect(isOblique(gridWith([0, 0, -1, 1, 4.9e-12, 0, 4.9e-12, -1, 0]))).toBe(false);
  });
});

describe('lpsAxisOf', () => {
  it('gives three different axes even where two index axes share their largest cosine', () => {
    // Two 50-degree turns: index x is closest to axis 1, and so is index z; the sum of cosines decides.
    const [c, s] = turn(50);
    const direction: Grid['direction'] = [c, -s, 0, s * c, c * c, -s, s * s, c * s, c];
    const axes = lpsAxisOf(gridWith(direction)).map(({ axis }) => axis);
    expect([...axes].sort()).toEqual([0, 1, 2]);
    // Sums by hand with c = 0.643, s = 0.766: x→2, y→0, z→1 gives 0.587 + 0.766 + 0.766 = 2.119, more than the other five.
    expect(axes).toEqual([2, 0, 1]);
  });

  it('has an inverse', () => {
    expect(indexAxisOf(PIR, 2)).toEqual({ axis: 1, sign: -1 });
    expect(indexAxisOf(PIR, 0)).toEqual({ axis: 2, sign: -1 });
    expect(indexAxisOf(PIR, 1)).toEqual({ axis: 0, sign: 1 });
  });
});

describe('sameGrid', () => {
  it('accepts differences below the tolerance', () => {
    expect(sameGrid(LPS, { ...LPS, originLpsMm: [1.0009, 2, 3] })).toEqual({ same: true });
    expect(sameGrid(LPS, { ...LPS, spacingMm: [0.500001, 0.5, 4] })).toEqual({ same: true });
  });

  it('names the first field that differs', () => {
    expect(sameGrid(LPS, { ...LPS, size: [100, 200, 21] })).toEqual({
      same: false,
      field: 'size',
      expected: '100 200 20',
      got: '100 200 21',
    });
    expect(sameGrid(LPS, { ...LPS, originLpsMm: [1.002, 2, 3] })).toMatchObject({ field: 'originLpsMm' });
    // 199 steps of 0.00001 mm are 0.002 mm at the far end.
    expect(sameGrid(LPS, { ...LPS, spacingMm: [0.5, 0.50001, 4] })).toMatchObject({ field: 'spacingMm' });
    expect(sameGrid(LPS, { ...LPS, direction: [-1, 0, 0, 0, 1, 0, 0, 0, 1] })).toMatchObject({ field: 'direction' });
  });

  it('compares the spacing of an axis with a single voxel too, since its thickness matters', () => {
    const slice: Grid = { ...LPS, size: [100, 200, 1] };
    expect(sameGrid(slice, { ...slice, spacingMm: [0.5, 0.5, 5] })).toMatchObject({ field: 'spacingMm' });
  });

  it('takes the tolerance it is given', () => {
    expect(sameGrid(LPS, { ...LPS, originLpsMm: [1.2, 2, 3] }, 0.5)).toEqual({ same: true });
  });
});

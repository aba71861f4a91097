import { describe, expect, it } from 'vitest';
import { identifyingTags } from '../../core/dicom-identity.ts';
import { stackSlices, type DicomSlice } from '../../core/dicom-slices.ts';
import type { Vec3 } from '../../core/geometry.ts';

/** Sagittal slices: rows run to the back, columns to the feet, so their normal points to the right: (0,1,0)×(0,0,-1) = (-1,0,0). */
function slice(file: number, positionLpsMm: Vec3, changes: Partial<DicomSlice> = {}): DicomSlice {
  return {
    file,
    size: [6, 5],
    spacingMm: [0.5, 0.6],
    positionLpsMm,
    rowDirection: [0, 1, 0],
    columnDirection: [0, 0, -1],
    series: '1.2.3',
    element: 'int16',
    ...changes,
  };
}
const at = (...lefts: number[]): DicomSlice[] => lefts.map((x, i) => slice(i + 1, [x, -20, 30]));
function refusal(slices: DicomSlice[]): string {
  try {
    stackSlices(slices, 'x');
  } catch (error) {
    return (error as Error).message;
  }
  return 'was stacked';
}

describe('stackSlices', () => {
  it('orders along the normal, whichever way the files go', () => {
    const grid = {
      size: [6, 5, 3],
      spacingMm: [0.5, 0.6, 4],
      originLpsMm: [10, -20, 30],
      direction: [0, 0, -1, 1, 0, 0, 0, -1, 0],
    };
    expect(stackSlices(at(10, 6, 2), 'x')).toEqual({ grid, order: [0, 1, 2] });
    expect(stackSlices(at(6, 2, 10), 'x')).toEqual({ grid, order: [2, 0, 1] });
  });

  it('takes rounding in positions for what it is', () => {
    expect(stackSlices(at(10, 6.003, 1.998, -2), 'x').grid.spacingMm[2]).toBeCloseTo(4, 12);
  });

  it.each([
    [
      'one missing',
      at(10, 6, -2, -6),
      'slice positions: expected a slice every 4 mm, got 1 missing: 8 mm between files 2 and 3',
    ],
    [
      'two missing',
      at(10, 6, 2, -10),
      'slice positions: expected a slice every 4 mm, got 2 missing: 12 mm between files 3 and 4',
    ],
    [
      'varying spacing',
      at(10, 6, 2, -3),
      'slice positions: expected even spacing of 4 mm, got 5 mm between files 3 and 4',
    ],
    [
      'a smaller gap',
      at(10, 6, 2, 1),
      'slice positions: expected even spacing of 4 mm, got 1 mm between files 3 and 4',
    ],
    ['the same slice twice', at(10, 6, 6, 2), 'slice positions: expected one slice a place, got two: files 2 and 3'],
    ['one slice', at(10), 'slices: expected at least 2, got 1'],
    ['no slice', [], 'slices: expected at least 2, got 0'],
  ])('refuses %s', (_, slices, message) => {
    expect(refusal(slices)).toBe(`x: ${message}`);
  });

  it('refuses a sheared stack', () => {
    const sheared = [0, 1, 2].map((i) => slice(i + 1, [10 - 4 * i, -20 + i, 30]));
    expect(refusal(sheared)).toBe('x: slice positions: expected a straight stack, got file 2 1 mm off it');
  });

  it('refuses slices that differ', () => {
    const [a, b, c] = at(10, 6, 2) as [DicomSlice, DicomSlice, DicomSlice];
    expect(refusal([a, b, { ...c, series: '1.2.4' }])).toBe('x: SeriesInstanceUID: expected one series, got 2');
    expect(refusal([a, b, { ...c, size: [6, 6] }])).toMatch(
      /^x: Rows, Columns: expected 6 x 5, .* got 6 x 6 in file 3$/,
    );
    expect(refusal([a, b, { ...c, spacingMm: [0.5, 0.7] }])).toMatch(/^x: PixelSpacing: .* got 0.5 x 0.7 in file 3$/);
    expect(refusal([a, b, { ...c, rowDirection: [0, 0.999, 0.04] }])).toMatch(
      /^x: ImageOrientationPatient: .* in file 3$/,
    );
    expect(refusal([a, b, { ...c, element: 'float64' }])).toBe(
      'x: voxels: expected int16, as in file 1, got float64 in file 3',
    );
  });
});

describe('identifyingTags', () => {
  it('names what identifies, and private tags by number', () => {
    expect(identifyingTags(['0028|0010', '0010|0010', '0029|1008', '0010|0010', '0008|103E', 'ITK_x'])).toEqual([
      'SeriesDescription (0008,103e)',
      'PatientName (0010,0010)',
      'private (0029,1008)',
    ]);
  });
});

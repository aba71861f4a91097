import { describe, expect, it } from 'vitest';
import { sixteenBits } from '../../../core/exports/dicom.ts';

describe('voxels in 16 bits', () => {
  it('are put in the order of the slices, signed only where one is below 0', () => {
    // Two slices of two voxels, the second one first: 3, 4, 1, 2.
    expect(sixteenBits([1, 2, 3, 4], 2, [1, 0], 'x')).toEqual({
      element: '<u2',
      bytes: Uint8Array.of(3, 0, 4, 0, 1, 0, 2, 0),
    });
    // -1 is ff ff and -32768 is 00 80, little end first.
    expect(sixteenBits([-1, -32_768], 2, [0], 'x')).toEqual({
      element: '<i2',
      bytes: Uint8Array.of(255, 255, 0, 128),
    });
    expect(sixteenBits([65_535], 1, [0], 'x').bytes).toEqual(Uint8Array.of(255, 255));
  });

  it.each([
    [[0.5], '0.5'],
    [[-1, 32_768], '-1 to 32768'],
    [[65_536], '65536 to 65536'],
    [[-32_769], '-32769 to -32769'],
  ])('refuse %j', (voxels, got) => {
    expect(() => sixteenBits(voxels, voxels.length, [0], '7_t2')).toThrow(
      `7_t2: voxels: expected whole numbers of 16 bits, which is what DICOM holds, got ${got}`,
    );
  });
});

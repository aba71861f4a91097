import { describe, expect, test } from 'vitest';
import { zoom } from '../../../adapters/segmenter/zoom.ts';
import type { Vec3 } from '../../../core/geometry.ts';

const line = (values: number[]) => ({ values: Float32Array.from(values), size: [values.length, 1, 1] as Vec3 });
const zoomedLine = (values: number[], count: number, order: 1 | 3) => [
  ...zoom(line(values), [count, 1, 1], { order, separateAxis: null }).values,
];

describe('zoom', () => {
  test('linear: centres at (i + 0.5) · old / new - 0.5, edges repeated', () => {
    // 2 → 4: centres -0.25, 0.25, 0.75, 1.25.
    expect(zoomedLine([0, 8], 4, 1)).toEqual([0, 2, 6, 8]);
    // 4 → 2: centres 0.5, 2.5.
    expect(zoomedLine([0, 2, 4, 6], 2, 1)).toEqual([1, 5]);
  });

  test('cubic: what scikit-image 0.26 resize(order=3, mode="edge", anti_aliasing=False) gives, clipped to the range', () => {
    const larger = [0, 0.251748, 1.4078, 3.483278, 5.640372, 10.808764, 16, 8.588457, 0];
    zoomedLine([0, 1, 4, 9, 16, 0], 9, 3).forEach((value, at) => expect(value).toBeCloseTo(larger[at]!, 5));
    const smaller = [0.083244, 3.214689, 11.781975, 3.7649];
    zoomedLine([0, 1, 4, 9, 16, 0], 4, 3).forEach((value, at) => expect(value).toBeCloseTo(smaller[at]!, 5));
  });

  test('a separate axis takes the nearest slice: what nnU-Net 2.8.1 resample_data_or_seg_to_shape gives', () => {
    // numpy.arange(24) ** 1.5 as (z, y, x) = (2, 3, 4) at 4 × 1 × 1 mm, to (3, 4, 3): of 3 slices the last two are slice 1.
    const values = Float32Array.from({ length: 24 }, (_, at) => at ** 1.5);
    const { values: out } = zoom({ values, size: [4, 3, 2] }, [3, 4, 3], { order: 3, separateAxis: 2 });
    const first = [0, 1.3543, 4.4071, 3.8309, 7.1839, 11.5239, 14.443, 19.8644, 25.8353, 23.8844, 30.1075, 36.4829];
    const second = [41.5692, 48.5465, 56.387, 53.9414, 61.9926, 70.4534, 76.1021, 85.1028, 94.4708];
    const expected = [...first, ...second, 91.3986, 100.9491, 110.3041];
    expected.forEach((value, at) => expect(out[at]).toBeCloseTo(value, 3));
    expect([...out.subarray(24)]).toEqual([...out.subarray(12, 24)]);
  });

  test('the same size is the block itself', () => {
    const block = line([3, 1, 2]);
    expect(zoom(block, [3, 1, 1], { order: 3, separateAxis: null })).toBe(block);
  });
});

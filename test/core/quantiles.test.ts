import { expect, it } from 'vitest';
import { normalBelow, studentQuantile } from '../../core/quantiles.ts';

// Tables of Student's t, 97.5 %, and of the normal distribution.
it.each([
  [1, 12.7062],
  [2, 4.3027],
  [5, 2.5706],
  [11, 2.201],
  [120, 1.9799],
])("gives Student's t for %i degrees of freedom", (degrees, quantile) => {
  expect(studentQuantile(0.975, degrees)).toBeCloseTo(quantile, 3);
});

it('gives the normal distribution', () => {
  expect(normalBelow(-1.959964)).toBeCloseTo(0.025, 6);
  expect(normalBelow(0)).toBeCloseTo(0.5, 6);
  expect(normalBelow(2.326348)).toBeCloseTo(0.99, 6);
});

import { expect, test } from 'vitest';
import { cleanVertebra, largestComponent, mainComponents } from '../../../adapters/segmenter/components.ts';
import { PUBLIC_TRAVERSALS } from '../../../adapters/segmenter/options.ts';

// One slice (x = 1), y to the right (front → back), z up. B the body (6), A its arch (2), H the arch of the level above (3),
// F a speck in front (2), s a single voxel behind.
//   z 4   . . . . . H H H
//   z 3   . . . . . . . .
//   z 2   . . B B . . . s
//   z 1   F . B B . . . .
//   z 0   F . B B . A A .
const PICTURE = ['F.BB.AA.', 'F.BB....', '..BB...s', '........', '.....HHH'];
const SIZE = [1, 8, 5] as const;
const mask = Uint8Array.from(PICTURE.join(''), (sign) => (sign === '.' ? 0 : 1));

function kept(region: { mask: Uint8Array; voxels: number }): string {
  const signs = [...PICTURE.join('')].filter((_, at) => region.mask[at] === 1);
  expect(region.voxels).toBe(signs.length);
  return [...new Set(signs)].sort().join('');
}

test.each([
  ['fragments', 2, 'ABFH'],
  ['fragments', 3, 'BH'],
  ['largest', 2, 'B'],
  ['posterior', 2, 'AB'], // H is behind too, but higher; F is in front
  ['posterior', 1, 'AB'], // s is behind and small enough to count now, but higher than A
  ['posterior', 3, 'BH'], // A is too small now
  ['fragments', 7, ''],
] as const)('rule %s with fragments of at least %i voxels keeps %s', (components, minFragmentVoxels, expected) => {
  expect(kept(cleanVertebra(mask, SIZE, { components, minFragmentVoxels }))).toBe(expected);
});

test('largest and main components', () => {
  expect(kept(largestComponent(mask, SIZE, 6))).toBe('B');
  expect(kept(largestComponent(mask, SIZE, 7))).toBe('');
  expect(kept(mainComponents(mask, SIZE, 0.5))).toBe('BH');
  expect(kept(mainComponents(new Uint8Array(mask.length), SIZE, 0.5))).toBe('');
});

test('the deployed container counted voxels of 0.72 mm³', () => {
  expect(PUBLIC_TRAVERSALS.deployed.minStartMm3).toBeCloseTo(720, 9);
  expect(PUBLIC_TRAVERSALS.deployed.minFragmentMm3).toBeCloseTo(360, 9);
});

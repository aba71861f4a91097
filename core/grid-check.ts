import { voxelCount, type Grid } from './geometry.ts';
import { InvalidInputError } from './invalid-input.ts';

/** The most voxels a volume may have unless the caller says otherwise: 128 Mi, twice SPIDER's largest. */
export const DEFAULT_MAX_VOXELS = 128 * 1024 * 1024;

/** Index axes may differ from orthonormal by so much in any product. */
const ORTHONORMAL_TOLERANCE = 1e-4;

/** Whether three vectors, one after the other, are orthogonal and of length 1 within 1e-4; both hands pass. */
export function isOrthonormal(vectors: readonly number[]): boolean {
  for (let i = 0; i < 3; i++) {
    for (let j = i; j < 3; j++) {
      let product = 0;
      for (let k = 0; k < 3; k++) product += vectors[3 * i + k]! * vectors[3 * j + k]!;
      if (!(Math.abs(product - (i === j ? 1 : 0)) <= ORTHONORMAL_TOLERANCE)) return false;
    }
  }
  return true;
}

/**
 * Holds a grid that came from elsewhere than an MHA header against the rules of the MHA gate (core/mha.ts): positive whole sizes of
 * at most `maxVoxels` voxels together, finite positive spacing, finite origin, orthonormal direction.
 * Throws InvalidInputError naming `name` and the grid's field.
 */
export function checkGrid(grid: Grid, name: string, maxVoxels = DEFAULT_MAX_VOXELS): void {
  const refuse = (field: keyof Grid, expected: string): never => {
    throw new InvalidInputError(name, field, expected, grid[field].join(' '));
  };
  if (!grid.size.every((n) => Number.isSafeInteger(n) && n > 0)) refuse('size', '3 positive integers');
  if (voxelCount(grid) > maxVoxels) refuse('size', `at most ${maxVoxels} voxels`);
  if (!grid.spacingMm.every((mm) => Number.isFinite(mm) && mm > 0)) refuse('spacingMm', '3 positive numbers');
  if (!grid.originLpsMm.every(Number.isFinite)) refuse('originLpsMm', '3 finite numbers');
  if (!isOrthonormal(grid.direction)) refuse('direction', 'three orthogonal unit vectors');
}

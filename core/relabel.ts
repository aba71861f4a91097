import { InvalidInputError } from './invalid-input.ts';
import type { Mask } from './volume.ts';

/**
 * A mask in other numbers. `numbers` has what becomes of every label 0–255, and -1 for those that it does not know: the first voxel
 * of such a label throws InvalidInputError, with `name` and what was `expected` of labels.
 */
export function relabelled(mask: Mask, numbers: Int16Array, name: string, expected: string): Mask {
  const voxels = mask.voxels.map((label) => numbers[label]!);
  const at = voxels.indexOf(-1);
  if (at >= 0) throw new InvalidInputError(name, 'voxels', expected, `${mask.voxels[at]}`);
  return { ...mask, voxels };
}

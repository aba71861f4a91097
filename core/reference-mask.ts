import type { Grid } from './geometry.ts';
import { completeLabel, isPartialVertebra, structureClass, type StructureClass } from './labels.ts';
import { boundingBoxes, incompleteVertebrae, labelsOf } from './structures.ts';
import { voxelPairs } from './voxel-pairs.ts';
import type { Mask } from './volume.ts';

/**
 * A reviewed mask as the reference it becomes: on the image's own grid, only the classes answered for, 101–125 as 1–25. Unknown
 * labels are kept, so that a gate can name them.
 */
export function referenceOf(mask: Mask, grid: Grid, classes: readonly StructureClass[]): Mask {
  const kept = Int16Array.from({ length: 256 }, (_, label) => {
    const structure = structureClass(label);
    return structure === undefined || classes.includes(structure) ? completeLabel(label) : 0;
  });
  const { voxels } = mask;
  const own = new Int16Array(voxels.length);
  const pairs = voxelPairs(voxels);
  for (let pair = 0; pair < pairs.length; pair++) {
    if (pairs[pair] === 0) continue;
    const at = 2 * pair;
    own[at] = kept[voxels[at]!]!;
    own[at + 1] = kept[voxels[at + 1]!]!;
  }
  if (voxels.length % 2 === 1) own[own.length - 1] = kept[voxels.at(-1)!]!;
  return { grid, element: 'SHORT', voxels: own };
}

/** Vertebrae of a reference that the edge of the volume cuts, and those that the mask it was made of marks as partly in view. */
export function cutVertebrae(reference: Mask, reviewed: Mask): number[] {
  const marked = labelsOf(reviewed).filter(isPartialVertebra).map(completeLabel);
  const boxes = boundingBoxes(reference);
  const all = new Set([...incompleteVertebrae(reference, boxes), ...marked.filter((label) => boxes.has(label))]);
  return [...all].sort((a, b) => a - b);
}

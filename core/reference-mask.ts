import type { Grid } from './geometry.ts';
import { completeLabel, isPartialVertebra, structureClass, type StructureClass } from './labels.ts';
import { occupiedRuns } from './occupied-runs.ts';
import { boundingBoxes, incompleteVertebrae, labelsOf } from './structures.ts';
import type { Mask } from './volume.ts';

/**
 * A reviewed mask as the reference it becomes: on the image's own grid, only the classes answered for, 101–125 as 1–25. Unknown
 * labels are kept, so that a gate can name them.
 */
export function referenceOf(mask: Mask, grid: Grid, classes: readonly StructureClass[]): Mask {
  const kept = Int16Array.from({ length: 256 }, (_, label) => (isKept(label, classes) ? completeLabel(label) : 0));
  const { voxels } = mask;
  const own = new Int16Array(voxels.length);
  const runs = occupiedRuns(voxels);
  for (let run = 0; run < runs.length; run += 2) {
    for (let at = runs[run]!; at < runs[run + 1]!; at++) own[at] = kept[voxels[at]!]!;
  }
  return { grid, element: 'SHORT', voxels: own };
}

/** Whether a reference with these labels keeps each of them when it is limited to some classes; 101–125 as 1–25. */
export function keepsAll(labels: readonly number[], classes: readonly StructureClass[]): boolean {
  return labels.every((label) => isKept(label, classes));
}

function isKept(label: number, classes: readonly StructureClass[]): boolean {
  const structure = structureClass(label);
  return structure === undefined || classes.includes(structure);
}

/** Vertebrae of a reference that the edge of the volume cuts, and those that the mask it was made of marks as partly in view. */
export function cutVertebrae(reference: Mask, reviewed: Mask, boxes = boundingBoxes(reference)): number[] {
  const marked = labelsOf(reviewed).filter(isPartialVertebra).map(completeLabel);
  const all = new Set([...incompleteVertebrae(reference, boxes), ...marked.filter((label) => boxes.has(label))]);
  return [...all].sort((a, b) => a - b);
}

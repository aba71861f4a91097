import { CANAL } from './labels.ts';
import { axisAcross, planeSlice, type PlaneSlice } from './plane-slice.ts';
import { boundingBoxes, jointBox, type Box } from './structures.ts';
import type { Mask } from './volume.ts';

/**
 * The sagittal slice through the middle of the canal, without one through the middle of all structures, without any through
 * the middle of the volume, seen from the patient's left. On an oblique grid it is the slice of the grid that comes closest.
 */
export function midSagittalSlice(mask: Mask): PlaneSlice {
  return planeSlice(mask.grid, 'sagittal', middle(mask, axisAcross(mask.grid, 'sagittal')));
}

function middle(mask: Mask, axis: number): number {
  const boxes = boundingBoxes(mask);
  const canal = boxes.get(CANAL);
  if (canal) return Math.round(canal.centre[axis]!);
  const all = [...boxes.values()].reduce<Box | null>((joint, box) => (joint ? jointBox(joint, box) : box), null);
  return all ? Math.floor((all.min[axis]! + all.max[axis]!) / 2) : Math.floor(mask.grid.size[axis]! / 2);
}

import { labelColour as ofStructure, type Rgb } from '../../core/label-colours.ts';
import { DIFFERENCE } from '../../core/read-difference.ts';

/** Amber, blue and magenta: told apart by those who see no red or green, too. */
const OF_DIFFERENCES = new Map<number, Rgb>([
  [DIFFERENCE.onlyA, [255, 176, 0]],
  [DIFFERENCE.onlyB, [64, 148, 255]],
  [DIFFERENCE.otherwise, [255, 64, 200]],
]);

/** The colour of a structure, or of what a picture of differences marks. */
export function labelColour(label: number): Rgb {
  return OF_DIFFERENCES.get(label) ?? ofStructure(label);
}

export function cssColour(label: number): string {
  return `rgb(${labelColour(label).join(' ')})`;
}

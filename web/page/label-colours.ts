import { labelColour } from '../../core/label-colours.ts';

export { labelColour, type Rgb } from '../../core/label-colours.ts';

export function cssColour(label: number): string {
  return `rgb(${labelColour(label).join(' ')})`;
}

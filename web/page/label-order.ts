import { CANAL, completeLabel, isDisc, MAX_VERTEBRAE } from '../../core/labels.ts';

/** Compares labels as a spine is read: from the topmost vertebra down, each with the disc below it, the canal last. */
export function fromTopDown(a: number, b: number): number {
  return height(b) - height(a) || a - b;
}

/** Every label that may be drawn, from the top down: discs and vertebrae of 1 to 25, and the canal. */
export const DRAWABLE_LABELS: readonly number[] = [
  ...Array.from({ length: MAX_VERTEBRAE }, (_, i) => [i + 1, i + 201]).flat(),
  CANAL,
].sort(fromTopDown);

function height(label: number): number {
  if (label === CANAL) return -1;
  if (isDisc(label)) return 2 * (label - 200);
  return 2 * completeLabel(label) + 1;
}

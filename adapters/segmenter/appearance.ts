import type { Appearance } from '../../core/trainer-contract.ts';
import type { StructureProbabilities } from './structure.ts';
import type { WorkingImage } from './working-grid.ts';

/** What a structure looks like: the figures of `Appearance` (core/trainer-contract.ts). */
export type Looks = Record<keyof Appearance['vertebra'], number>;

/** As in the trainer's appearance.py, so that a perfectly even structure has an edge too. */
const SMALLEST_STEP = 1e-3;

/**
 * Measures a structure (p > 0.5) on the working image as the trainer did its training set. Voxels with `outsideValue` are no
 * part of the image and count for the size alone. A structure without a voxel has intensity and unevenness 0 and size -∞.
 */
export function looksOf(structure: StructureProbabilities, image: WorkingImage, outsideValue: number): Looks {
  const { low, size, values } = structure;
  const gridSize = image.grid.size;
  const strides = [1, size[0], size[0] * size[1]] as const;
  const gridStrides = [1, gridSize[0], gridSize[0] * gridSize[1]] as const;
  const [across, within, inside] = [new Mean(), new Mean(), new Mean()];
  let voxels = 0;
  for (let z = 0, here = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      let at = low[0] + gridSize[0] * (low[1] + y + gridSize[1] * (low[2] + z));
      for (let x = 0; x < size[0]; x++, here++, at++) {
        const own = image.values[at]!;
        const belongs = values[here]! > 0.5;
        if (belongs) voxels++;
        if (own === outsideValue) continue;
        if (belongs) inside.add(own);
        for (const axis of [0, 1, 2] as const) {
          if ((axis === 0 ? x : axis === 1 ? y : z) + 1 === size[axis]) continue;
          const other = image.values[at + gridStrides[axis]]!;
          if (other === outsideValue) continue;
          const alike = values[here + strides[axis]]! > 0.5 === belongs;
          if (!alike) across.add(Math.abs(own - other));
          else if (belongs) within.add(Math.abs(own - other));
        }
      }
    }
  }
  const [sx, sy, sz] = image.grid.spacingMm;
  return {
    intensity: inside.mean,
    unevenness: inside.deviation,
    edge: Math.log(Math.max(across.mean, SMALLEST_STEP) / Math.max(within.mean, SMALLEST_STEP)),
    size: Math.log(voxels * sx * sy * sz),
  };
}

/** Deviations from which on something looks strange, and at which it looks as strange as it can. */
const [STRANGE_FROM, STRANGE_TO] = [2.5, 5];
/** What training structures that are all alike vary by at least. */
const LEAST_DEVIATION = 0.02;
export const STRANGEST = 0.7;

/**
 * How unlike anything trained on a structure looks: 0 while every figure is within 2.5 standard deviations, rising to 0.7 at 5 of
 * the one that is furthest off. `partial` leaves the size out, as of a vertebra that is cut.
 */
export function strangeness(looks: Looks, usual: Appearance['vertebra'], partial = false): number {
  const figures = (Object.keys(usual) as (keyof Looks)[]).filter((figure) => !(partial && figure === 'size'));
  const furthest = Math.max(
    ...figures.map(
      (figure) => Math.abs(looks[figure] - usual[figure].mean) / Math.max(usual[figure].deviation, LEAST_DEVIATION),
    ),
  );
  return STRANGEST * Math.min(Math.max((furthest - STRANGE_FROM) / (STRANGE_TO - STRANGE_FROM), 0), 1);
}

/** Mean and standard deviation of numbers as they come; 0 of none. */
class Mean {
  private count = 0;
  private sum = 0;
  private squares = 0;

  add(value: number): void {
    this.count++;
    this.sum += value;
    this.squares += value * value;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.sum / this.count;
  }

  get deviation(): number {
    return this.count === 0 ? 0 : Math.sqrt(Math.max(this.squares / this.count - this.mean ** 2, 0));
  }
}

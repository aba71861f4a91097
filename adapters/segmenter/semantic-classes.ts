import { voxelCount } from '../../core/geometry.ts';
import type { SemanticImage } from './semantic-image.ts';
import type { WindowResult } from './semantic-windows.ts';
import { zoom } from './zoom.ts';

/** The class of every voxel of the image's grid, turned to LPS, and how sure the network is of it. */
export interface ClassVolume {
  classes: Uint8Array;
  /** Probability 0..1 of that class (softmax); 1 outside the crop and where no window came. */
  probability: Float32Array;
}

/** Resamples logits back, class by class, and takes the largest; ties go to the lower class. */
export function toClasses({ logits, covered }: WindowResult, image: SemanticImage): ClassVolume {
  const { crop, block, separateAxis } = image;
  const voxels = crop.size[0] * crop.size[1] * crop.size[2];
  const best = new Float32Array(voxels).fill(-Infinity);
  // Σ exp(logit - best so far): the probability of the best in the end is one over it.
  const mass = new Float32Array(voxels);
  const winner = new Uint8Array(voxels);
  for (const [index, values] of logits.entries()) {
    const full = zoom({ values, size: block.size }, crop.size, { order: 1, separateAxis }).values;
    for (let at = 0; at < voxels; at++) {
      const value = full[at]!;
      if (value > best[at]!) {
        mass[at] = mass[at]! * Math.exp(best[at]! - value) + 1;
        best[at] = value;
        winner[at] = index;
      } else mass[at]! += Math.exp(value - best[at]!);
    }
  }
  const seen = zoom({ values: Float32Array.from(covered), size: block.size }, crop.size, { order: 1, separateAxis });
  return placed(winner, mass, seen.values, image);
}

function placed(winner: Uint8Array, mass: Float32Array, seen: Float32Array, image: SemanticImage): ClassVolume {
  const { corner, size } = image.crop;
  const [nx, ny] = image.grid.size;
  const classes = new Uint8Array(voxelCount(image.grid));
  const probability = new Float32Array(classes.length).fill(1);
  for (let z = 0, from = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      const row = corner[0] + nx * (corner[1] + y + ny * (corner[2] + z));
      for (let x = 0; x < size[0]; x++, from++) {
        if (seen[from]! < 0.5) continue;
        classes[row + x] = winner[from]!;
        probability[row + x] = 1 / mass[from]!;
      }
    }
  }
  return { classes, probability };
}

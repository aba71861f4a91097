import type { Vec3 } from '../../core/geometry.ts';
import type { Region } from './components.ts';
import { forEachRow, type Patch } from './patch.ts';

/** What a traversal has accepted so far, on the whole working grid, x fastest. Vertebrae and discs are fed back to the network. */
export interface TrailMemory {
  size: Vec3;
  /** 1 where a vertebra or a disc was accepted. */
  vertebra: Uint8Array;
  disc: Uint8Array;
  /** Largest canal probability any accepted patch gave; never fed back. */
  canal: Float32Array;
}

export function emptyMemory(size: Vec3): TrailMemory {
  const voxels = size[0] * size[1] * size[2];
  return {
    size,
    vertebra: new Uint8Array(voxels),
    disc: new Uint8Array(voxels),
    canal: new Float32Array(voxels),
  };
}

/** Marks a region of a patch; what lies outside the grid is dropped. */
export function remember(memory: Uint8Array, size: Vec3, patch: Patch, { mask }: Region): void {
  forEachRow(patch, size, (gridAt, patchAt, count) => {
    for (let i = 0; i < count; i++) if (mask[patchAt + i] === 1) memory[gridAt + i] = 1;
  });
}

/** Keeps the larger of the probabilities held and those of a patch, whose channel starts at `offset`. */
export function uniteProbabilities(
  held: Float32Array,
  size: Vec3,
  patch: Patch,
  probabilities: Float32Array,
  offset: number,
): void {
  forEachRow(patch, size, (gridAt, patchAt, count) => {
    for (let i = 0; i < count; i++) {
      held[gridAt + i] = Math.max(held[gridAt + i]!, probabilities[offset + patchAt + i]!);
    }
  });
}

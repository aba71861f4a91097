import { connectedComponents } from './components.ts';
import { indexToLps, type Vec3 } from './geometry.ts';
import type { StructureClass } from './labels.ts';
import type { Box } from './structures.ts';
import type { Mask } from './volume.ts';

/** One connected piece of a class: its number within the class's components, volume and centre in LPS millimetres. */
export interface Piece {
  component: number;
  volumeMm3: number;
  centre: Vec3;
}

export interface ClassPieces {
  pieces: Piece[];
  /** The component number at every voxel of the mask, 0 outside the class. */
  components: Int32Array;
}

/** The 26-connected pieces of one class, in raster order. `classOf` gives the class of a label. */
export function piecesOf(
  mask: Mask,
  structure: StructureClass,
  classOf: (label: number) => StructureClass | 'background',
): ClassPieces {
  const { size, spacingMm } = mask.grid;
  const member = Uint8Array.from(mask.voxels, (label) => (label !== 0 && classOf(label) === structure ? 1 : 0));
  const { labels, count, sizes } = connectedComponents(member, size, 26);
  const sums = Array.from({ length: count + 1 }, (): [number, number, number] => [0, 0, 0]);
  for (let z = 0, at = 0; z < size[2]; z++) {
    for (let y = 0; y < size[1]; y++) {
      for (let x = 0; x < size[0]; x++, at++) {
        const sum = sums[labels[at]!]!;
        sum[0] += x;
        sum[1] += y;
        sum[2] += z;
      }
    }
  }
  const voxelMm3 = spacingMm[0] * spacingMm[1] * spacingMm[2];
  const pieces = sums.slice(1).map((sum, i): Piece => {
    const voxels = sizes[i + 1]!;
    const centre: Vec3 = [sum[0] / voxels, sum[1] / voxels, sum[2] / voxels];
    return { component: i + 1, volumeMm3: voxels * voxelMm3, centre: indexToLps(mask.grid, centre) };
  });
  return { pieces, components: labels };
}

/**
 * The mean front–back position (LPS y, mm) of a class at each height, per millimetre of LPS z; how front and back are told
 * apart along a curved spine. Looks at the voxels of a box that are members, by their place in `mask.voxels`.
 */
export class FrontBackProfile {
  private readonly sums = new Map<number, { sum: number; count: number }>();

  constructor({ grid }: Mask, { min, max }: Box, isMember: (at: number) => boolean) {
    const [nx, ny] = grid.size;
    for (let z = min[2]; z <= max[2]; z++) {
      for (let y = min[1]; y <= max[1]; y++) {
        for (let x = min[0], at = x + nx * (y + ny * z); x <= max[0]; x++, at++) {
          if (isMember(at)) this.add(indexToLps(grid, [x, y, z]));
        }
      }
    }
  }

  private add([, y, z]: Vec3): void {
    const height = Math.round(z);
    const entry = this.sums.get(height) ?? { sum: 0, count: 0 };
    entry.sum += y;
    entry.count++;
    this.sums.set(height, entry);
  }

  /** The position at the height nearest to the one asked for; undefined when the class is empty. */
  at(heightMm: number): number | undefined {
    let best: { distance: number; y: number } | undefined;
    for (const [height, { sum, count }] of this.sums) {
      const distance = Math.abs(height - heightMm);
      if (!best || distance < best.distance) best = { distance, y: sum / count };
    }
    return best?.y;
  }
}

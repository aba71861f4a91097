import { PUBLIC_TRAVERSALS } from '../../adapters/segmenter/options.ts';
import { DEFAULT_TRAVERSAL } from '../../adapters/segmenter/options.ts';
import type { Network } from '../../adapters/segmenter/network.ts';
import { segment } from '../../adapters/segmenter/segment.ts';
import type { StructureProbabilities } from '../../adapters/segmenter/structure.ts';
import { traverse } from '../../adapters/segmenter/traversal.ts';
import { toWorkingGrid, trilinear } from '../../adapters/segmenter/working-grid.ts';
import { indexMap } from '../../adapters/segmenter/affine.ts';
import { voxelCount, type Grid } from '../../core/geometry.ts';
import type { Volume } from '../../core/volume.ts';

export interface SpeedRow {
  volume: string;
  form: string;
  seconds: number;
  passes: number;
  /** Of the seconds, those of searching and moving (the network), and those of bringing structures onto the image's grid. */
  traversalSeconds: number;
  resamplingSeconds: number;
}

/** Ours as it is served. */
export async function ownTraversal(name: string, volume: Volume, network: Network): Promise<SpeedRow> {
  const image = toWorkingGrid(volume, network.spec);
  const before = performance.now();
  await traverse(image, network, DEFAULT_TRAVERSAL);
  const traversalSeconds = (performance.now() - before) / 1000;
  const { seconds, passes } = await segment(volume, network);
  const resamplingSeconds = Math.max(seconds - traversalSeconds, 0);
  return { volume: name, form: 'spindle', seconds, passes, traversalSeconds, resamplingSeconds };
}

/**
 * The published way with the same network: the deployed container's rules, a sweep from the volume's corner, and for each vertebra
 * three whole volumes of probabilities (vertebra, disc, canal) resampled to the image. The original interpolates with cubic splines;
 * trilinearly, as here, a whole volume takes less.
 */
export async function publishedTraversal(name: string, volume: Volume, network: Network): Promise<SpeedRow> {
  const begun = performance.now();
  const image = toWorkingGrid(volume, network.spec);
  const trail = await traverse(image, network, PUBLIC_TRAVERSALS.deployed);
  const traversed = performance.now();
  for (const { vertebra, disc } of trail.findings) {
    for (const structure of [vertebra, disc]) {
      resampleWhole(placed(structure, image.grid), image.grid, volume.grid);
    }
    resampleWhole(trail.canal, image.grid, volume.grid);
  }
  const ended = performance.now();
  return {
    volume: name,
    form: 'published',
    seconds: (ended - begun) / 1000,
    passes: trail.passes,
    traversalSeconds: (traversed - begun) / 1000,
    resamplingSeconds: (ended - traversed) / 1000,
  };
}

function placed(structure: StructureProbabilities | undefined, grid: Grid): Float32Array {
  const whole = new Float32Array(voxelCount(grid));
  if (!structure) return whole;
  const { low, size, values } = structure;
  for (let z = 0, at = 0; z < size[2]; z++)
    for (let y = 0; y < size[1]; y++)
      for (let x = 0; x < size[0]; x++, at++)
        whole[low[0] + x + grid.size[0] * (low[1] + y + grid.size[1] * (low[2] + z))] = values[at]!;
  return whole;
}

function resampleWhole(values: Float32Array, working: Grid, image: Grid): Uint8Array {
  const out = new Uint8Array(voxelCount(image));
  const { origin, columns } = indexMap(image, working);
  const [a, b, c] = columns;
  const [nx, ny, nz] = working.size;
  let at = 0;
  for (let k = 0; k < image.size[2]; k++)
    for (let j = 0; j < image.size[1]; j++)
      for (let i = 0; i < image.size[0]; i++, at++) {
        const x = origin[0] + i * a[0] + j * b[0] + k * c[0];
        const y = origin[1] + i * a[1] + j * b[1] + k * c[1];
        const z = origin[2] + i * a[2] + j * b[2] + k * c[2];
        out[at] = trilinear(values, nx, ny, nz, x, y, z) > 0.5 ? 1 : 0;
      }
  return out;
}

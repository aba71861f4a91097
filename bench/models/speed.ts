import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { indexMap } from '../../adapters/segmenter/affine.ts';
import type { Network } from '../../adapters/segmenter/network.ts';
import { DEFAULT_TRAVERSAL, PUBLIC_TRAVERSALS } from '../../adapters/segmenter/options.ts';
import { segment, type SegmentOptions } from '../../adapters/segmenter/segment.ts';
import type { StructureProbabilities } from '../../adapters/segmenter/structure.ts';
import { traverse, type Trail } from '../../adapters/segmenter/traversal.ts';
import { toWorkingGrid, trilinear } from '../../adapters/segmenter/working-grid.ts';
import { voxelCount, type Grid, type Vec3 } from '../../core/geometry.ts';
import { indexAxisOf } from '../../core/orientation.ts';
import type { Volume } from '../../core/volume.ts';
import { BENCH_DATA, runPeers } from '../support/python.ts';

export interface SpeedRow {
  volume: string;
  form: 'published' | 'published, trilinear' | 'spindle';
  seconds: number;
  passes: number;
  /** Of the seconds, those of searching and moving (the network), and those of bringing structures onto the image's grid. */
  traversalSeconds: number;
  resamplingSeconds: number;
}

/** Ours as it is served. */
export async function ownTraversal(
  name: string,
  volume: Volume,
  network: Network,
  options: SegmentOptions = {},
): Promise<SpeedRow> {
  const before = performance.now();
  const image = toWorkingGrid(volume, network.spec);
  await traverse(image, network, { ...DEFAULT_TRAVERSAL, ...options });
  const traversalSeconds = (performance.now() - before) / 1000;
  const { seconds, passes } = await segment(volume, network, options);
  const resamplingSeconds = Math.max(seconds - traversalSeconds, 0);
  return { volume: name, form: 'spindle', seconds, passes, traversalSeconds, resamplingSeconds };
}

/**
 * The published way with the same network: the deployed container's rules, a sweep from the volume's corner, and for each vertebra
 * three whole volumes of probabilities (vertebra, disc, canal) resampled to the image: with scipy's cubic splines, as the original
 * does; and, for comparison, trilinearly by a loop of ours, which takes less.
 */
export async function publishedTraversal(name: string, volume: Volume, network: Network): Promise<SpeedRow[]> {
  const begun = performance.now();
  const image = toWorkingGrid(volume, network.spec);
  const trail = await traverse(image, network, PUBLIC_TRAVERSALS.deployed);
  const traversalSeconds = (performance.now() - begun) / 1000;
  const row = (form: SpeedRow['form'], resamplingSeconds: number): SpeedRow => ({
    volume: name,
    form,
    seconds: traversalSeconds + resamplingSeconds,
    passes: trail.passes,
    traversalSeconds,
    resamplingSeconds,
  });
  return [
    row('published', cubicSeconds(trail, image.grid, volume.grid)),
    row('published, trilinear', trilinearSeconds(trail, image.grid, volume.grid)),
  ];
}

function cubicSeconds(trail: Trail, working: Grid, image: Grid): number {
  mkdirSync(join(BENCH_DATA, 'models'), { recursive: true });
  const file = join(BENCH_DATA, 'models', 'probabilities.f32');
  const opened = openSync(file, 'w');
  for (const values of wholeVolumes(trail, working)) {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    for (let at = 0; at < bytes.length;) at += writeSync(opened, bytes, at);
  }
  closeSync(opened);
  const zoom = ([0, 1, 2] as const).map(
    (lps) => working.spacingMm[lps] / image.spacingMm[indexAxisOf(image, lps).axis],
  );
  const { seconds } = runPeers<{ seconds: number }>('models/published_resampling.py', [
    file,
    JSON.stringify(working.size),
    JSON.stringify(zoom),
  ]);
  rmSync(file);
  return seconds;
}

function trilinearSeconds(trail: Trail, working: Grid, image: Grid): number {
  const begun = performance.now();
  for (const values of wholeVolumes(trail, working)) resampleWhole(values, working, image);
  return (performance.now() - begun) / 1000;
}

/** Three per vertebra, on the working grid: the vertebra, its disc and the canal. */
function* wholeVolumes({ findings, canal }: Trail, grid: Grid): Generator<Float32Array> {
  for (const { vertebra, disc } of findings) yield* [placed(vertebra, grid), placed(disc, grid), canal];
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
  const [nx, ny, nz]: Vec3 = working.size;
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

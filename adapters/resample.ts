import { voxelCount, type Grid } from '../core/geometry.ts';
import type { Volume, Voxels } from '../core/volume.ts';
import { itkImage } from './itk-image.ts';
import { runItkThread } from './itk-thread.ts';

export type Interpolation = 'linear' | 'nearest';

export interface ResampleOptions {
  /** What voxels outside the input take; 0 by default. */
  outsideValue?: number;
  /** How long the thread may run; 120 s by default. */
  timeLimitMs?: number;
}

/**
 * Samples a volume at the voxel centres of another grid, through ITK (resampleToReference of itk-wasm), in a thread of its own,
 * since the pipeline blocks. The result has the input's element type; use `nearest` for masks. A centre outside the input's
 * buffer takes `outsideValue`. Rejects with an Error when the pipeline fails or outlasts its time limit.
 */
export async function resampleToGrid(
  volume: Volume,
  grid: Grid,
  interpolation: Interpolation,
  options: ResampleOptions = {},
): Promise<Volume> {
  const output = await runItkThread<{ size: number[]; data: Voxels }>(
    new URL('./resample-thread.mjs', import.meta.url),
    {
      input: itkImage(volume.grid, volume.element, volume.voxels.slice()),
      // Only its geometry matters, but ITK wants the input's component type and a buffer of the full length.
      reference: itkImage(grid, volume.element, blank(volume, voxelCount(grid))),
      interpolator: interpolation === 'linear' ? 'linear' : 'nearest_neighbor',
      defaultValue: options.outsideValue ?? 0,
    },
    { task: 'resampling', timeLimitMs: options.timeLimitMs ?? 120_000 },
  );
  const expected = voxelCount(grid);
  if (output.data.length !== expected || output.data.constructor !== volume.voxels.constructor) {
    throw new Error(`resampling: expected ${expected} ${volume.element} voxels, got ${output.data.length}`);
  }
  return { grid, element: volume.element, voxels: output.data };
}

function blank(volume: Volume, count: number): Voxels {
  const ArrayOf = volume.voxels.constructor as new (length: number) => Voxels;
  return new ArrayOf(count);
}

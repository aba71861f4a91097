import { Worker } from 'node:worker_threads';
import { voxelCount, type Grid } from '../core/geometry.ts';
import type { ElementType, Volume, Voxels } from '../core/volume.ts';

export type Interpolation = 'linear' | 'nearest';

export interface ResampleOptions {
  /** What voxels outside the input take; 0 by default. */
  outsideValue?: number;
  /** How long the thread may run; 120 s by default. */
  timeLimitMs?: number;
}

const COMPONENT = {
  CHAR: 'int8',
  UCHAR: 'uint8',
  SHORT: 'int16',
  USHORT: 'uint16',
  INT: 'int32',
  UINT: 'uint32',
  FLOAT: 'float32',
  DOUBLE: 'float64',
} as const satisfies Record<ElementType, string>;

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
  const output = await runThread(
    {
      input: itkImage(volume.grid, volume.element, volume.voxels.slice()),
      // Only its geometry matters, but ITK wants the input's component type and a buffer of the full length.
      reference: itkImage(grid, volume.element, blank(volume, voxelCount(grid))),
      interpolator: interpolation === 'linear' ? 'linear' : 'nearest_neighbor',
      defaultValue: options.outsideValue ?? 0,
    },
    options.timeLimitMs ?? 120_000,
  );
  const expected = voxelCount(grid);
  if (output.data.length !== expected || output.data.constructor !== volume.voxels.constructor) {
    throw new Error(`resampling: expected ${expected} ${volume.element} voxels, got ${output.data.length}`);
  }
  return { grid, element: volume.element, voxels: output.data };
}

interface ThreadOutput {
  size: number[];
  data: Voxels;
}

function runThread(message: Record<string, unknown>, timeLimitMs: number): Promise<ThreadOutput> {
  // No execArgv: the thread is plain JavaScript and shouldn't pay for the parent's TypeScript loader.
  const worker = new Worker(new URL('./resample-thread.mjs', import.meta.url), {
    execArgv: [],
    stdout: true,
    stderr: true,
  });
  return new Promise<ThreadOutput>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`resampling took longer than ${timeLimitMs} ms`)), timeLimitMs);
    worker.once('message', (answer: { output: ThreadOutput } | { error: string }) => {
      if ('error' in answer) reject(new Error(`resampling failed: ${answer.error}`));
      else resolve(answer.output);
      clearTimeout(limit);
    });
    worker.once('error', (error) => reject(new Error('the resampling thread broke', { cause: error })));
    worker.once('exit', (code) => {
      clearTimeout(limit);
      reject(new Error(`the resampling thread ended without an answer (code ${code})`));
    });
    worker.postMessage(message);
  }).finally(() => worker.terminate());
}

function itkImage(grid: Grid, element: ElementType, data: Voxels): Record<string, unknown> {
  return {
    imageType: { dimension: 3, componentType: COMPONENT[element], pixelType: 'Scalar', components: 1 },
    name: 'volume',
    origin: [...grid.originLpsMm],
    spacing: [...grid.spacingMm],
    direction: Float64Array.from(grid.direction),
    size: [...grid.size],
    metadata: new Map(),
    data,
  };
}

function blank(volume: Volume, count: number): Voxels {
  const ArrayOf = volume.voxels.constructor as new (length: number) => Voxels;
  return new ArrayOf(count);
}

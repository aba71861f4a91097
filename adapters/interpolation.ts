import { InvalidInputError } from '../core/invalid-input.ts';
import type { LpsAxis } from '../core/orientation.ts';
import { inverse, permute, type SignedPermutation } from '../core/reorient.ts';
import type { Mask } from '../core/volume.ts';
import { itkImage } from './itk-image.ts';
import { runItkThread } from './itk-thread.ts';

export interface InterpolationOptions {
  /** The labels to fill in between; all by default. */
  labels?: readonly number[];
  /** The index axis across the slices (0 x, 1 y, 2 z); by default the coarsest, the last of equal ones. */
  axis?: 0 | 1 | 2;
  /** How long the thread may run; 120 s by default. */
  timeLimitMs?: number;
}

/**
 * Fills labels in between slices that were annotated with gaps, by shape (ITK's morphological contour interpolation, Zukić et al.
 * 2016), in a thread of its own.
 *   1. A label is filled between two slices that hold it when none between them does; nothing is added beyond the outermost.
 *   2. What was annotated stays to the voxel: only background is filled. Where two labels meet, the larger number wins.
 *   3. Labels not chosen neither change nor take part.
 * Throws InvalidInputError for a label that the mask does not hold; Error when the pipeline fails or outlasts its time limit.
 */
export async function interpolateSlices(mask: Mask, options: InterpolationOptions = {}): Promise<Mask> {
  const present = new Set(mask.voxels);
  present.delete(0);
  const chosen = new Set(options.labels ?? present);
  for (const label of chosen) {
    if (!present.has(label)) throw new InvalidInputError('interpolation', 'labels', 'labels of the mask', `${label}`);
  }
  const slicesLast = permutationWithLast(options.axis ?? sliceAxis(mask));
  const annotated = permute(mask, slicesLast);
  const filled = annotated.voxels.slice();
  const timeLimitMs = options.timeLimitMs ?? 120_000;
  const deadline = performance.now() + timeLimitMs;
  // One label at a time: together they take each other's place, and several regions of one label are matched as one.
  for (const label of [...chosen].sort((a, b) => b - a)) {
    const only = Uint8Array.from(annotated.voxels, (value) => (value === label ? 1 : 0));
    const between = await runItkThread<ArrayLike<number>>(
      new URL('./interpolation-thread.mjs', import.meta.url),
      { input: itkImage(annotated.grid, 'UCHAR', only) },
      { task: 'interpolation between slices', timeLimitMs: Math.max(1, deadline - performance.now()) },
    );
    if (between.length !== filled.length) {
      throw new Error(`interpolation between slices: expected ${filled.length} voxels, got ${between.length}`);
    }
    for (let i = 0; i < filled.length; i++) if (between[i] !== 0 && filled[i] === 0) filled[i] = label;
  }
  return { ...permute({ ...annotated, voxels: filled }, inverse(slicesLast)), grid: mask.grid };
}

/** Slices are put last for ITK: its wrapper takes axis 0 for none given, and fills along all three. */
function permutationWithLast(axis: 0 | 1 | 2): SignedPermutation {
  const along = (index: 0 | 1 | 2): LpsAxis => ({ axis: index, sign: 1 });
  if (axis === 2) return [along(0), along(1), along(2)];
  return axis === 1 ? [along(0), along(2), along(1)] : [along(1), along(2), along(0)];
}

function sliceAxis({ grid }: Mask): 0 | 1 | 2 {
  const [a, b, c] = grid.spacingMm;
  if (c >= a && c >= b) return 2;
  return b >= a ? 1 : 0;
}

import { encodeMha, sha256, voxelDigest } from '../../adapters/volume.ts';
import { checkMask } from '../../core/gates.ts';
import type { Grid } from '../../core/geometry.ts';
import { parseTaskId } from '../../core/ids.ts';
import type { ReviewInput } from '../../core/review.ts';
import { boundingBoxes } from '../../core/structures.ts';
import type { Mask, Volume } from '../../core/volume.ts';
import type { FakeTask } from './fake-tasks.ts';

/** Millimetres of patient space (LPS): the slab that every sample grid covers, the column running along z. */
const CENTRE_MM = [4, 11, -37] as const;

/**
 * Three ways in which real scanners store a spine, all of the same 36 × 60 × 96 mm slab:
 *   sagittal: x runs front→back, y head→feet, z right→left (as most lumbar series);
 *   oblique: the same, turned by 12 degrees about the left–right axis and by 7 about the feet–head axis;
 *   leftHanded: sagittal with the slices numbered left→right (determinant −1).
 */
export const SAMPLE_GRIDS = {
  sagittal: gridOf([
    [0, 1, 0],
    [0, 0, -1],
    [1, 0, 0],
  ]),
  oblique: gridOf(
    [
      [0, 1, 0],
      [0, 0, -1],
      [1, 0, 0],
    ].map((axis) => turned(axis as [number, number, number])),
  ),
  leftHanded: gridOf([
    [0, 1, 0],
    [0, 0, -1],
    [-1, 0, 0],
  ]),
} as const;

function turned([x, y, z]: [number, number, number]): number[] {
  const [a, b] = [(12 * Math.PI) / 180, (7 * Math.PI) / 180];
  const [y1, z1] = [y * Math.cos(a) - z * Math.sin(a), y * Math.sin(a) + z * Math.cos(a)];
  return [x * Math.cos(b) - y1 * Math.sin(b), x * Math.sin(b) + y1 * Math.cos(b), z1];
}

/** `axes`: the unit vectors of the three index axes in LPS. 40 × 64 × 9 voxels of 1.5 × 1.5 × 4 mm. */
function gridOf(axes: number[][]): Grid {
  const size = [40, 64, 9] as const;
  const spacingMm = [1.5, 1.5, 4] as const;
  const half = [0, 1, 2].map((i) => ((size[i]! - 1) * spacingMm[i]!) / 2);
  const origin = [0, 1, 2].map((k) => CENTRE_MM[k]! - axes.reduce((sum, axis, i) => sum + axis[k]! * half[i]!, 0));
  return {
    size: [...size],
    spacingMm: [...spacingMm],
    originLpsMm: origin as [number, number, number],
    direction: [0, 1, 2].flatMap((k) => axes.map((axis) => axis[k]!)) as unknown as Grid['direction'],
  };
}

/** A block spine in index space: from the bottom 1, 202 … in steps, canal behind; the top vertebra is cut by the edge (103). */
export function blockSpine(x: number, y: number, z: number): number {
  if (z < 2 || z > 6) return 0;
  if (x >= 26 && x < 31) return 100;
  if (x < 8 || x >= 24) return 0;
  if (y < 12) return 103;
  if (y >= 13 && y < 17) return 203;
  if (y >= 18 && y < 34) return 2;
  if (y >= 35 && y < 39) return 202;
  if (y >= 40 && y < 56) return 1;
  return y >= 57 && y < 61 ? 201 : 0;
}

/** A task on a grid: vertebrae dark, discs and canal bright, a little deterministic noise. */
export async function sampleTask(
  task: string,
  grid: Grid,
  extra: Partial<Pick<ReviewInput, 'kind' | 'doubt'>> & { labelAt?: typeof blockSpine } = {},
): Promise<FakeTask> {
  const [nx, ny, nz] = grid.size;
  const labels = new Int16Array(nx * ny * nz);
  const intensities = new Int16Array(labels.length);
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const label = (extra.labelAt ?? blockSpine)(x, y, z);
        labels[at] = label;
        const tissue = label === 0 ? 220 : label === 100 ? 900 : label > 200 ? 640 : 380;
        intensities[at] = tissue + ((at * 7919) % 61) - 30;
      }
    }
  }
  const image: Volume = { grid, element: 'SHORT', voxels: intensities };
  const mask: Mask = { grid, element: 'SHORT', voxels: labels };
  const [imageFile, maskFile] = [await encodeMha(image), await encodeMha(mask)];
  const stored = (volume: Volume, file: Uint8Array) => ({
    digest: sha256(file),
    bytes: file.length,
    voxelDigest: voxelDigest(volume),
  });
  const { round, series } = parseTaskId(task);
  const structures = [...boundingBoxes(mask)].map(([label, { voxels }]) => ({ label, voxels, doubt: doubtOf(label) }));
  const input: ReviewInput = {
    task,
    series,
    round,
    kind: extra.kind ?? 'proposal',
    image: stored(image, imageFile),
    proposal: stored(mask, maskFile),
    modelDigest: extra.kind === 'misalignment' ? null : sha256(new Uint8Array([1])),
    doubt: extra.doubt ?? 0.4,
    structures,
    gates: checkMask(mask, grid),
    leaseMs: 600_000,
  };
  return { input, image: imageFile, proposal: maskFile };
}

function doubtOf(label: number): number {
  return label === 103 ? 0.82 : label === 202 ? 0.46 : label === 100 ? 0.03 : 0.12;
}

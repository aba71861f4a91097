import { voxelCount, type Grid, type Vec3 } from '../../core/geometry.ts';
import { indexAxisOf } from '../../core/orientation.ts';
import type { Body } from './body.ts';
import type { Pose } from './case.ts';
import { product, turn } from './frame.ts';
import type { Contrast } from './tissues.ts';
import type { ValueNoise } from './value-noise.ts';

/** Samples lie about so far apart, one to three along each axis of a voxel. */
const SAMPLE_MM = 1.1;
/** So many samples of a voxel are taken first. */
const SCOUTS = 4;

export interface Rendering {
  /** What the tissues give off, without coil, noise or scale. */
  signal: Float32Array;
  labels: Int16Array;
}

/** Maps voxel indices to points of the body as the anatomy has it: row-major 3×3 and an offset. */
export interface IndexToBody {
  matrix: readonly number[];
  offset: Vec3;
}

/** Where the voxels of a grid lie in a body that was posed. The pose turns about the scanner's middle. */
export function indexToBody(grid: Grid, { turned, movedMm }: Pose): IndexToBody {
  const r = turn(...turned);
  const inverse = [r[0]!, r[3]!, r[6]!, r[1]!, r[4]!, r[7]!, r[2]!, r[5]!, r[8]!];
  const scaled = grid.direction.map((cosine, at) => cosine * grid.spacingMm[at % 3]!);
  const from = grid.originLpsMm.map((mm, i) => mm - movedMm[i]!);
  const offset = [0, 1, 2].map(
    (row) => inverse[3 * row]! * from[0]! + inverse[3 * row + 1]! * from[1]! + inverse[3 * row + 2]! * from[2]!,
  );
  return { matrix: product(inverse, scaled), offset: offset as [number, number, number] };
}

/**
 * Samples the body on a grid. A voxel's signal is the mean of its samples (partial volume); its label is the commonest of
 * theirs if at least half of them bear one. Where the first few, at the voxel's corners, agree, they do.
 */
export function render(body: Body, grid: Grid, map: IndexToBody, contrast: Contrast, grain: ValueNoise): Rendering {
  const signal = new Float32Array(voxelCount(grid));
  const labels = new Int16Array(signal.length);
  const offsets = sampleOffsets(grid, map);
  const { matrix: m, offset } = map;
  const votes = new Uint16Array(256);
  let at = 0;
  for (let k = 0; k < grid.size[2]; k++) {
    for (let j = 0; j < grid.size[1]; j++) {
      for (let i = 0; i < grid.size[0]; i++, at++) {
        const x = offset[0] + m[0]! * i + m[1]! * j + m[2]! * k;
        const y = offset[1] + m[3]! * i + m[4]! * j + m[5]! * k;
        const z = offset[2] + m[6]! * i + m[7]! * j + m[8]! * k;
        renderVoxel(body, contrast, grain, offsets, votes, x, y, z);
        signal[at] = voxel.signal;
        labels[at] = voxel.label;
      }
    }
  }
  return { signal, labels };
}

/** What the last voxel came to. One object, since millions of them would cost. */
const voxel = { signal: 0, label: 0 };

function renderVoxel(
  body: Body,
  { from, to, texture }: Contrast,
  grain: ValueNoise,
  offsets: Float64Array,
  votes: Uint16Array,
  x: number,
  y: number,
  z: number,
): void {
  let sum = 0;
  let uneven = 0;
  let labelled = 0;
  let best = 0;
  let first = -1;
  let mixed = false;
  let samples = 0;
  for (let s = 0; s < offsets.length; s += 3) {
    if (samples === SCOUTS && !mixed) break;
    samples++;
    body.sample(x + offsets[s]!, y + offsets[s + 1]!, z + offsets[s + 2]!);
    const { tissue, blend, label } = body;
    const own = from[tissue]! + (to[tissue]! - from[tissue]!) * blend;
    sum += own;
    uneven += own * texture[tissue]!;
    const kind = tissue * 256 + label;
    if (first < 0) first = kind;
    else if (kind !== first) mixed = true;
    if (label === 0) continue;
    labelled++;
    if (++votes[label]! > votes[best]!) best = label;
  }
  const pattern = uneven === 0 ? 0 : grain.at(x / 3, y / 3, z / 3) + 0.8 * grain.at(x / 8, y / 8, z / 8);
  voxel.signal = Math.max(0, (sum + uneven * pattern) / samples);
  voxel.label = labelled * 2 >= samples ? best : 0;
  if (labelled > 0) votes.fill(0);
}

/** Offsets of the samples from a voxel's centre, in the body's millimetres: x, y, z, x, y, z, …; the scouts come first. */
function sampleOffsets(grid: Grid, { matrix: m }: IndexToBody): Float64Array {
  const counts = grid.spacingMm.map((mm) => Math.max(1, Math.min(3, Math.round(mm / SAMPLE_MM))));
  const places = counts.map((count) => Array.from({ length: count }, (_, i) => (i + 0.5) / count - 0.5));
  const samples: [number, number, number][] = [];
  for (const k of places[2]!) for (const j of places[1]!) for (const i of places[0]!) samples.push([i, j, k]);
  // The corners of a tetrahedron.
  const last = samples.length - 1;
  const [ni, nj] = [counts[0]!, counts[1]!];
  const scouts = [0, ni * nj - 1, last - ni * (nj - 1), last - ni + 1].map((at) => samples[at]!);
  const ordered = [...new Set([...scouts, ...samples])];
  const offsets = ordered.flatMap(([i, j, k]) =>
    [0, 1, 2].map((row) => m[3 * row]! * i + m[3 * row + 1]! * j + m[3 * row + 2]! * k),
  );
  return Float64Array.from(offsets);
}

/** The index axes within a slice: all but the one closest to left–right. */
export function inPlaneAxes(grid: Grid): number[] {
  const across = indexAxisOf(grid, 0).axis;
  return [0, 1, 2].filter((axis) => axis !== across);
}

import { indexToLps, lpsToIndex, voxelCount, type Grid, type Vec3 } from './geometry.ts';
import { sampleOnLattice, type SubSamples } from './lattice.ts';
import { boundingBoxes } from './structures.ts';
import type { Mask, Volume } from './volume.ts';

/** Step of the lattice in a slice, and about its step across. */
const STEP_MM = 1.5;
/** Shifts are sought so far each way: less than from one vertebra to the next, which looks like the first. */
export const SHIFT_RANGE_MM = 21;
/** So far around the mask images are compared. */
const MARGIN_MM = 12;
const MAX_POINTS = 6_000;
/** Squared length a point's edge must have, of at most 1. */
const CLEAR_EDGE = 0.1;

/**
 * Where two images are compared. All index axes here are the lattice's: the two in the target's slices, then the one across.
 * `compared` lies on the target's slices; `lattice` has `planes` planes a slice and reaches `margin` points farther each way.
 */
export interface LatticeRegion {
  compared: Grid;
  lattice: Grid;
  planes: number;
  margin: Vec3;
}

/** The region around a mask on a target's slices; undefined where the mask is empty or does not reach the target. */
export function latticeRegion(mask: Mask, target: Grid): LatticeRegion | undefined {
  const box = maskBox(mask, target);
  if (box === undefined) return undefined;
  const axes = sliceAxes(target);
  const across = target.spacingMm[axes[2]];
  const planes = Math.max(1, Math.round(across / STEP_MM));
  const spacingMm: Grid['spacingMm'] = [STEP_MM, STEP_MM, across];
  const first: [number, number, number] = [0, 0, 0];
  const size: [number, number, number] = [1, 1, 1];
  for (const [at, axis] of axes.entries()) {
    const low = at === 2 ? Math.floor(box.min[axis]) : Math.max(0, box.min[axis] - MARGIN_MM / target.spacingMm[axis]);
    const reach = at === 2 ? Math.ceil(box.max[axis]) : box.max[axis] + MARGIN_MM / target.spacingMm[axis];
    first[axis] = Math.max(0, low);
    const high = Math.min(target.size[axis] - 1, reach);
    if (high < first[axis]) return undefined;
    size[at] = 1 + Math.floor(((high - first[axis]) * target.spacingMm[axis]) / spacingMm[at]! + 1e-6);
  }
  const direction = permutedColumns(target.direction, axes);
  const compared: Grid = { size, spacingMm, originLpsMm: [...indexToLps(target, first)], direction };
  const step: Grid['spacingMm'] = [STEP_MM, STEP_MM, across / planes];
  const margin = step.map((mm) => Math.ceil(SHIFT_RANGE_MM / mm) + 1) as [number, number, number];
  const inPlane = [size[0] + 2 * margin[0], size[1] + 2 * margin[1]] as const;
  const lattice: Grid = {
    size: [...inPlane, (size[2] - 1) * planes + 1 + 2 * margin[2]],
    spacingMm: step,
    originLpsMm: [...indexToLps({ ...compared, spacingMm: step }, [-margin[0], -margin[1], -margin[2]])],
    direction,
  };
  return { compared, lattice, planes, margin };
}

/** Double-angle edges of an image on the region's lattice, averaged across as thick as the target's slices. NaN: unknown. */
export class EdgeField {
  readonly cosine: Float32Array;
  readonly sine: Float32Array;

  constructor(source: Volume, { lattice, planes }: LatticeRegion) {
    const values = sampleOnLattice(source, lattice, subSamples(source.grid, lattice));
    const edges = doubleAngles(slabMeans(values, lattice.size, planes), lattice.size);
    this.cosine = edges.cosine;
    this.sine = edges.sine;
  }
}

/** The target's clear edges: where on the unshifted lattice each lies, and its double angle. */
export interface EdgePoints {
  at: Int32Array;
  cosine: Float32Array;
  sine: Float32Array;
}

/** At most 6,000 of the target's clear edges, evenly chosen. */
export function edgePoints(target: Volume, { compared, lattice, planes, margin }: LatticeRegion): EdgePoints {
  const values = sampleOnLattice(
    target,
    compared,
    subSamples(target.grid, { ...compared, spacingMm: lattice.spacingMm }),
  );
  const { cosine, sine } = doubleAngles(values, compared.size);
  const clear: number[] = [];
  for (let i = 0; i < cosine.length; i++) if (cosine[i]! ** 2 + sine[i]! ** 2 > CLEAR_EDGE ** 2) clear.push(i);
  const every = Math.max(1, clear.length / MAX_POINTS);
  const chosen = Array.from({ length: Math.floor(clear.length / every) }, (_, n) => clear[Math.floor(n * every)]!);
  const [nu, nv] = compared.size;
  const [lu, lv] = lattice.size;
  return {
    at: Int32Array.from(chosen, (i) => {
      const [u, v, w] = [i % nu, Math.floor(i / nu) % nv, Math.floor(i / (nu * nv))];
      return u + margin[0] + lu * (v + margin[1] + lv * (w * planes + margin[2]));
    }),
    cosine: Float32Array.from(chosen, (i) => cosine[i]!),
    sine: Float32Array.from(chosen, (i) => sine[i]!),
  };
}

/**
 * (cos 2a, sin 2a)·|g|²/(|g|² + mean²) of the gradient g in each plane, a being its angle: the same for an edge and its
 * negative, near 0 where the image is flat. NaN at the planes' borders and beside unknown values.
 */
function doubleAngles(values: Float32Array, size: Vec3): { cosine: Float32Array; sine: Float32Array } {
  const cosine = new Float32Array(values.length).fill(NaN);
  const sine = new Float32Array(values.length).fill(NaN);
  const [nu, nv, nw] = size;
  let sum = 0;
  let count = 0;
  for (let w = 0; w < nw; w++) {
    for (let v = 1; v < nv - 1; v++) {
      for (let u = 1, at = 1 + nu * (v + nv * w); u < nu - 1; u++, at++) {
        const gu = values[at + 1]! - values[at - 1]!;
        const gv = values[at + nu]! - values[at - nu]!;
        const length = Math.sqrt(gu * gu + gv * gv);
        if (Number.isNaN(length)) continue;
        cosine[at] = gu;
        sine[at] = gv;
        sum += length;
        count++;
      }
    }
  }
  const flat = Math.max((sum / Math.max(count, 1)) ** 2, Number.MIN_VALUE);
  for (let at = 0; at < values.length; at++) {
    const gu = cosine[at]!;
    const gv = sine[at]!;
    const weight = gu * gu + gv * gv + flat;
    cosine[at] = (gu * gu - gv * gv) / weight;
    sine[at] = (2 * gu * gv) / weight;
  }
  return { cosine, sine };
}

/** Means over as many planes as a slice is thick, each at its middle; of an even number the outermost count half. */
function slabMeans(values: Float32Array, size: Vec3, planes: number): Float32Array {
  if (planes === 1) return values;
  const half = Math.floor(planes / 2);
  const edge = planes % 2 === 0 ? 0.5 : 1;
  const plane = size[0] * size[1];
  const means = new Float32Array(values.length);
  for (let at = 0; at < values.length; at++) {
    let sum = 0;
    let weights = 0;
    for (let k = -half; k <= half; k++) {
      const value = values[at + k * plane];
      if (value === undefined || Number.isNaN(value)) continue;
      const weight = Math.abs(k) === half ? edge : 1;
      sum += weight * value;
      weights += weight;
    }
    means[at] = weights === 0 ? NaN : sum / weights;
  }
  return means;
}

/** As many samples along each lattice axis as the volume's finest voxels fit into a step, at most 3. */
function subSamples(grid: Grid, lattice: Grid): SubSamples {
  const finest = Math.min(...grid.spacingMm);
  const along = (mm: number): number => Math.min(3, Math.max(1, Math.round(mm / finest)));
  return [along(lattice.spacingMm[0]), along(lattice.spacingMm[1]), 1];
}

/** A grid's index axes: the two finer, then the one across its slices (the coarsest; the last of equals). */
function sliceAxes(grid: Grid): [0 | 1 | 2, 0 | 1 | 2, 0 | 1 | 2] {
  const [a, b, c] = grid.spacingMm;
  if (a > b && a > c) return [1, 2, 0];
  return b > c ? [0, 2, 1] : [0, 1, 2];
}

function permutedColumns(direction: Grid['direction'], axes: readonly number[]): Grid['direction'] {
  return [0, 1, 2].flatMap((row) => axes.map((axis) => direction[3 * row + axis]!)) as Grid['direction'];
}

/** Where the labels of a mask lie, in continuous indices of another grid. */
function maskBox(mask: Mask, grid: Grid): { min: Vec3; max: Vec3 } | undefined {
  const boxes = [...boundingBoxes(mask).values()];
  if (boxes.length === 0 || voxelCount(grid) === 0) return undefined;
  const low = [0, 1, 2].map((axis) => Math.min(...boxes.map(({ min }) => min[axis]!)));
  const high = [0, 1, 2].map((axis) => Math.max(...boxes.map(({ max }) => max[axis]!)));
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((corner) => {
    const index = [0, 1, 2].map((axis) => (corner & (1 << axis) ? high : low)[axis]!) as [number, number, number];
    return lpsToIndex(grid, indexToLps(mask.grid, index));
  });
  const along = (pick: (...values: number[]) => number): Vec3 =>
    [0, 1, 2].map((axis) => pick(...corners.map((corner) => corner[axis]!))) as unknown as Vec3;
  return { min: along(Math.min), max: along(Math.max) };
}

import { completeLabel, structureClass } from './labels.ts';
import { indexAxisOf } from './orientation.ts';
import { occupiedRuns } from './occupied-runs.ts';
import type { Mask } from './volume.ts';

export type Index3 = [number, number, number];

/** A block of voxels, both corners included, in index axes (x, y, z). */
export interface Box {
  min: Index3;
  max: Index3;
}

/** Where a label lies in a mask: its box, its voxels and the mean of their indices. */
export interface StructureBox extends Box {
  voxels: number;
  centre: Index3;
}

/** Int16 labels, shifted, as indices. */
const LABELS = 65536;
const SHIFT = 32768;

/** Box, voxel count and centre of every label but 0, ascending by label, in one pass. An empty mask gives an empty map. */
export function boundingBoxes(mask: Mask): Map<number, StructureBox> {
  const [nx, ny] = mask.grid.size;
  const { voxels } = mask;
  const slots = new Int32Array(LABELS);
  const found: (StructureBox & { label: number })[] = [];
  const occupied = occupiedRuns(voxels);
  for (let run = 0; run < occupied.length; run += 2) {
    const last = occupied[run + 1]!;
    for (let at = occupied[run]!; at < last;) {
      const label = voxels[at]!;
      if (label === 0) {
        at++;
        continue;
      }
      // Stretches of one label along x rather than voxels.
      const row = Math.floor(at / nx);
      const first = at - row * nx;
      const end = Math.min((row + 1) * nx, last);
      do at++;
      while (at < end && voxels[at] === label);
      const [y, z] = [row % ny, Math.floor(row / ny)];
      let slot = slots[label + SHIFT]!;
      if (slot === 0) {
        const [min, max]: [Index3, Index3] = [
          [first, y, z],
          [first, y, z],
        ];
        slot = slots[label + SHIFT] = found.push({ label, voxels: 0, min, max, centre: [0, 0, 0] });
      }
      include(found[slot - 1]!, first, at - 1 - row * nx, y, z);
    }
  }
  found.sort((a, b) => a.label - b.label);
  return new Map(
    found.map(({ label, voxels: count, min, max, centre }) => {
      const mean: Index3 = [centre[0] / count, centre[1] / count, centre[2] / count];
      return [label, { voxels: count, min, max, centre: mean }];
    }),
  );
}

function include(box: StructureBox, first: number, last: number, y: number, z: number): void {
  const { min, max, centre } = box;
  const count = last - first + 1;
  box.voxels += count;
  centre[0] += (count * (first + last)) / 2;
  centre[1] += count * y;
  centre[2] += count * z;
  if (first < min[0]) min[0] = first;
  if (last > max[0]) max[0] = last;
  if (y < min[1]) min[1] = y;
  if (y > max[1]) max[1] = y;
  max[2] = z; // slices come in ascending order
}

/** The labels present, ascending, without 0. */
export function labelsOf({ voxels }: Mask): number[] {
  const present = new Uint8Array(LABELS);
  const runs = occupiedRuns(voxels);
  for (let run = 0; run < runs.length; run += 2) {
    let last = 0;
    for (let at = runs[run]!; at < runs[run + 1]!; at++) {
      const label = voxels[at]!;
      if (label !== last) present[label + SHIFT] = 1;
      last = label;
    }
  }
  const labels: number[] = [];
  for (let at = present.indexOf(1); at !== -1; at = present.indexOf(1, at + 1)) {
    if (at !== SHIFT) labels.push(at - SHIFT);
  }
  return labels;
}

/**
 * Vertebrae (1–25, ascending) that the edge of the volume cuts: those with a voxel in the first or last slice along the index
 * axis closest to feet–head, or along the one closest to front–back. The side edges don't count: outer sagittal slices always
 * cut the processes. A vertebra labelled 101–125 says itself that it is partly in view and is always listed, as 1–25.
 */
export function incompleteVertebrae(mask: Mask, boxes = boundingBoxes(mask)): number[] {
  const axes = [indexAxisOf(mask.grid, 2).axis, indexAxisOf(mask.grid, 1).axis];
  const cut = new Set<number>();
  for (const [label, { min, max }] of boxes) {
    if (structureClass(label) !== 'vertebra') continue;
    const touches = axes.some((axis) => min[axis] === 0 || max[axis] === mask.grid.size[axis] - 1);
    if (touches || completeLabel(label) !== label) cut.add(completeLabel(label));
  }
  return [...cut].sort((a, b) => a - b);
}

/** The smallest box around two. */
export function jointBox(a: Box, b: Box): Box {
  const of = (pick: (i: number, j: number) => number, p: Index3, q: Index3): Index3 => [
    pick(p[0], q[0]),
    pick(p[1], q[1]),
    pick(p[2], q[2]),
  ];
  return { min: of(Math.min, a.min, b.min), max: of(Math.max, a.max, b.max) };
}

/** The box of a whole volume. */
export function wholeBox([nx, ny, nz]: readonly [number, number, number]): Box {
  return { min: [0, 0, 0], max: [nx - 1, ny - 1, nz - 1] };
}

export function boxSize(box: Box): Index3 {
  return [box.max[0] - box.min[0] + 1, box.max[1] - box.min[1] + 1, box.max[2] - box.min[2] + 1];
}

/** The voxels of a box that carry any of the labels, as 1 and 0, x fastest, in a volume of `boxSize(box)`. */
export function cropOf(mask: Mask, box: Box, labels: readonly number[]): Uint8Array {
  const [nx, ny] = mask.grid.size;
  const [bx, by, bz] = boxSize(box);
  const wanted = new Uint8Array(LABELS);
  for (const label of labels) wanted[label + SHIFT] = 1;
  const { voxels } = mask;
  const crop = new Uint8Array(bx * by * bz);
  for (let z = 0, to = 0; z < bz; z++) {
    for (let y = 0; y < by; y++) {
      let from = box.min[0] + nx * (box.min[1] + y + ny * (box.min[2] + z));
      for (let x = 0; x < bx; x++, to++, from++) {
        const label = voxels[from]!;
        if (label !== 0) crop[to] = wanted[label + SHIFT]!;
      }
    }
  }
  return crop;
}

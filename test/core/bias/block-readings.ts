import type { BiasControl } from '../../../core/bias.ts';
import { departuresOf } from '../../../core/bias.ts';
import type { Grid } from '../../../core/geometry.ts';
import { STRUCTURE_CLASSES } from '../../../core/labels.ts';
import type { Mask } from '../../../core/volume.ts';

/** A structure as a block: its label, and first and last voxel along x, y and z. */
export type Block = readonly [label: number, x0: number, x1: number, y0: number, y1: number, z0: number, z1: number];

export const GRID: Grid = {
  size: [24, 64, 5],
  spacingMm: [1, 1, 3],
  originLpsMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/** Four vertebrae with discs between, far enough apart that no error makes two of one class touch; the canal beside them. */
export const SPINE: readonly Block[] = [
  [1, 6, 13, 6, 12, 1, 3],
  [201, 6, 13, 15, 16, 1, 3],
  [2, 6, 13, 20, 26, 1, 3],
  [202, 6, 13, 29, 30, 1, 3],
  [3, 6, 13, 34, 40, 1, 3],
  [203, 6, 13, 43, 44, 1, 3],
  [4, 6, 13, 48, 54, 1, 3],
  [100, 19, 21, 3, 58, 1, 3],
];

export function maskOf(blocks: readonly Block[], grid = GRID): Mask {
  const [nx, ny, nz] = grid.size;
  const voxels = new Int16Array(nx * ny * nz);
  for (const [label, x0, x1, y0, y1, z0, z1] of blocks) {
    for (let z = z0; z <= z1; z++) {
      for (let y = y0; y <= y1; y++) voxels.fill(label, x0 + nx * (y + ny * z), x1 + 1 + nx * (y + ny * z));
    }
  }
  return { grid, element: 'SHORT', voxels };
}

/** Uniform draws in [0, 1) (mulberry32). */
export function drawsFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What a person draws who sees a structure where it is: each of four faces one voxel off, in or out, with chance `noise`. */
export function reading(blocks: readonly Block[], noise: number, draw: () => number): Block[] {
  const off = () => (draw() < noise ? (draw() < 0.5 ? -1 : 1) : 0);
  return blocks.map(([label, x0, x1, y0, y1, z0, z1]) => [
    label,
    ...([x0 + off(), x1 + off(), y0 + off(), y1 + off(), z0, z1] as const),
  ]);
}

/** What a model makes of it: each structure up to three voxels off along x, up to one along y. */
export function proposed(blocks: readonly Block[], draw: () => number): Block[] {
  return blocks.map(([label, x0, x1, y0, y1, z0, z1]) => {
    const [dx, dy] = [Math.floor(draw() * 7) - 3, Math.floor(draw() * 3) - 1];
    return [label, Math.max(0, x0 + dx), Math.min(23, x1 + dx), y0 + dy, y1 + dy, z0, z1];
  });
}

/**
 * What comes of one patient: the corrector leaves each structure as proposed with chance `beta`, and draws it as a blinded reader would
 * else.
 */
export function readingsOf(
  beta: number,
  noise: number,
  draw: () => number,
): Record<'proposal' | 'corrected' | 'blinded', Mask> {
  const proposal = proposed(SPINE, draw);
  const redrawn = reading(SPINE, noise, draw);
  const corrected = proposal.map((block, i) => (draw() < beta ? block : redrawn[i]!));
  const blinded = reading(SPINE, noise, draw);
  return { proposal: maskOf(proposal), corrected: maskOf(corrected), blinded: maskOf(blinded) };
}

export function control(patient: number, beta: number, noise: number, draw: () => number): BiasControl {
  const { proposal, corrected, blinded } = readingsOf(beta, noise, draw);
  return controlOf(patient, proposal, corrected, blinded);
}

export function controlOf(patient: number, proposal: Mask, corrected: Mask, blinded: Mask): BiasControl {
  const digest = 'a'.repeat(64);
  return {
    series: `${patient}_t2`,
    patient: `${patient}`,
    round: 1,
    modelDigest: digest,
    proposal: digest,
    corrected: digest,
    blinded: digest,
    correctedBy: 'ada',
    blindedBy: 'bob',
    departures: departuresOf(proposal, corrected, blinded, STRUCTURE_CLASSES),
  };
}

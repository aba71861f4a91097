import { readFileSync } from 'node:fs';
import type { Network, NetworkOutput } from '../../../adapters/segmenter/network.ts';
import { sha256 } from '../../../adapters/volume.ts';
import { indexToLps, type Grid, type Vec3 } from '../../../core/geometry.ts';
import type { ModelCard, NetworkSpec } from '../../../core/trainer-contract.ts';
import type { Volume } from '../../../core/volume.ts';

/**
 * A tower of blocks that block-network.onnx segments exactly, on a 4 × 3 × 3 mm grid. Seen from the side (each sign one voxel):
 *
 *      y → back                       block k:  z from 15 + 27(k-1), 6 voxels high; 6 × 6 voxels wide
 *   z  . . V V V V V V . . . C C C    disc k:   2 voxels high, one voxel of air above it, none in front
 *   ↑  . . D D D D D D . . . C C C    canal C:  6 × 6 voxels, the whole height
 */
export const SPACING: Vec3 = [4, 3, 3];
export const PITCH_MM = 27;

export interface Tower {
  blocks: number[];
  /** Voxels (x, y, z) of the LPS grid. */
  size: [number, number, number];
}

/** Label at a point; `blocks` lists the blocks that are there, counted from 1 at the bottom, each with the disc below it. */
export function labelAt([x, y, z]: Vec3, blocks: readonly number[]): number {
  if (x < 36 || x >= 60) return 0;
  if (y >= 51 && y < 66) return 100;
  if (y < 30 || y >= 48) return 0;
  for (const block of blocks) {
    const bottom = 15 + PITCH_MM * (block - 1);
    if (z >= bottom && z < bottom + 18) return block;
    if (z >= bottom - 9 && z < bottom - 3) return 200 + block;
  }
  return 0;
}

function intensity(label: number): number {
  if (label === 0) return 0;
  if (label === 100) return 100;
  return label > 200 ? 200 - 5 * (label - 200) : 400 - 10 * label;
}

export const LPS: Grid['direction'] = [1, 0, 0, 0, 1, 0, 0, 0, 1];
/** Columns are the index axes: x goes back, y down, z to the right. */
export const PIR: Grid['direction'] = [0, 0, -1, 1, 0, 0, 0, -1, 0];

/** The tower on an LPS grid or, the same voxels, on a PIR one: its image and what its mask should be. */
export function tower({ blocks, size }: Tower, stored: 'LPS' | 'PIR' = 'LPS'): { image: Volume; truth: Int16Array } {
  const [nx, ny, nz] = size;
  const [dx, dy, dz] = SPACING;
  const grid: Grid =
    stored === 'LPS'
      ? { size: [nx, ny, nz], spacingMm: [dx, dy, dz], originLpsMm: [0, 0, 0], direction: LPS }
      : {
          size: [ny, nz, nx],
          spacingMm: [dy, dz, dx],
          originLpsMm: [(nx - 1) * dx, 0, (nz - 1) * dz],
          direction: PIR,
        };
  const truth = new Int16Array(nx * ny * nz);
  for (let z = 0, at = 0; z < grid.size[2]; z++) {
    for (let y = 0; y < grid.size[1]; y++) {
      for (let x = 0; x < grid.size[0]; x++, at++) {
        const point = indexToLps(grid, [x, y, z]);
        // Exact: every coordinate is a whole number of millimetres.
        truth[at] = labelAt([Math.round(point[0]), Math.round(point[1]), Math.round(point[2])], blocks);
      }
    }
  }
  return { image: { grid, element: 'SHORT', voxels: truth.map(intensity) }, truth };
}

export const BLOCK_SPEC: NetworkSpec = {
  kind: 'iis',
  spacingMm: [4, 3, 3],
  patch: [16, 20, 20],
  outsideValue: -1,
  clipMin: -1,
  clipMax: 6,
  inputs: ['image', 'vertebra-memory', 'disc-memory'],
  outputs: ['vertebra', 'disc', 'canal'],
};

export const BLOCK_ONNX = readFileSync(new URL('../../data/segmenter/block-network.onnx', import.meta.url));

export function blockCard(changes: Partial<ModelCard> = {}): ModelCard {
  return {
    schema: 'spindle.model-card/1',
    trainer: 'iis',
    preset: 'demo',
    dataset: 'blocks',
    version: '0'.repeat(64),
    round: 1,
    seed: 1,
    parent: null,
    patientsSeen: [],
    network: BLOCK_SPEC,
    parameters: 1,
    steps: 0,
    seconds: 0,
    onnx: { digest: sha256(BLOCK_ONNX), bytes: BLOCK_ONNX.length, opset: 17 },
    parityMaxAbs: 0,
    software: {},
    ...changes,
  };
}

/** A network that is a function: gets the call's number (from 0) and the input patch. */
export function fakeNetwork(answer: (call: number, patch: Float32Array) => Partial<NetworkOutput>): Network {
  let calls = 0;
  const voxels = BLOCK_SPEC.patch.reduce((product, n) => product * n);
  return {
    name: 'fake',
    spec: BLOCK_SPEC,
    run: async (patch) => ({
      structures: new Float32Array(3 * voxels),
      completeness: 1,
      ...answer(calls++, patch),
    }),
    close: async () => {},
  };
}

/** Output with a certain vertebra of 6³ voxels (7776 mm³), centred in the patch but for an offset along z. */
export function blockOutput(offsetZ = 0): Float32Array {
  const [nx, ny, nz] = BLOCK_SPEC.patch;
  const structures = new Float32Array(3 * nx * ny * nz);
  for (let z = -3; z < 3; z++) {
    for (let y = -3; y < 3; y++) {
      for (let x = -3; x < 3; x++) {
        structures[nx / 2 + x + nx * (ny / 2 + y + ny * (nz / 2 + z + offsetZ))] = 1;
      }
    }
  }
  return structures;
}

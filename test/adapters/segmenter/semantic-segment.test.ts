import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, type ServedNetwork } from '../../../adapters/segmenter/load-model.ts';
import { segment } from '../../../adapters/segmenter/segment.ts';
import { roundHalfEven, separateAxisOf } from '../../../adapters/segmenter/semantic-image.ts';
import { windowCorners } from '../../../adapters/segmenter/semantic-windows.ts';
import { StructureDoubt } from '../../../core/review.ts';
import type { ModelCard } from '../../../core/trainer-contract.ts';
import type { Volume } from '../../../core/volume.ts';
import { BLOCK_ONNX, BLOCK_SPEC, tower } from './block-tower.ts';
import { intensityNetwork, semanticCard, SPEC } from './intensity-network.ts';

// Blocks 1 to 3 whole, and 6 of the 9 layers of … the fourth, at z 96 to 113 mm: the volume ends at 34 · 3 - 3 = 99 mm.
const TOWER = { blocks: [1, 2, 3, 4], size: [20, 28, 34] as [number, number, number] };

describe('segment, with a semantic network that goes by intensity', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-semantic-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let network: ServedNetwork;
  let onnx: Uint8Array;
  const { image, truth } = visible('LPS');
  beforeAll(async () => {
    onnx = intensityNetwork(image, [1, 380, 190, 100], folder);
    network = await loadModel(onnx, semanticCard(onnx), 'intensities');
  });
  afterAll(() => network.close());

  test.each(['LPS', 'PIR'] as const)(
    'finds every structure on a grid stored %s, the cut one partly in view',
    async (stored) => {
      const { image, truth } = visible(stored);
      const { mask, structures, doubt, end, passes, trace } = await segment(image, network);
      expect(mask.grid).toEqual(image.grid);
      expect(mask.voxels).toEqual(truth.map((label) => (label === 4 ? 104 : label)));
      expect(structures.map(({ label }) => label)).toEqual([1, 201, 2, 202, 3, 203, 104, 204, 100]);
      structures.forEach((each) => expect(StructureDoubt.parse(each)).toEqual(each));
      expect(doubt).toBeLessThan(0.5);
      expect(end).toBe('end-of-scan');
      // x: 20 voxels, windows of 8 at 0, 4, 8, 12; y: 28 and 16, 3 of them; z: 34 and 24, 2.
      expect(passes).toBe(4 * 3 * 2);
      expect(trace).toHaveLength(24);
      expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
    },
  );

  test('at another spacing it finds the same structures, not quite the same voxels', async () => {
    const coarse = { ...SPEC, spacingMm: [4, 4.5, 3] as [number, number, number] };
    const other = await loadModel(onnx, semanticCard(onnx, coarse), 'coarser');
    const { mask } = await segment(image, other);
    await other.close();
    const differing = mask.voxels.filter((label, at) => label % 100 !== truth[at]! % 100).length;
    expect(new Set(mask.voxels)).toEqual(new Set([0, 1, 2, 3, 104, 100, 201, 202, 203, 204]));
    expect(differing).toBeGreaterThan(0);
    expect(differing / truth.filter((label) => label !== 0).length).toBeLessThan(0.15);
  });

  test('mirrored windows are answered the same, in eight times the passes', async () => {
    const { mask, passes } = await segment(image, network, { mirror: true });
    expect(passes).toBe(8 * 24);
    expect(mask.voxels).toEqual((await segment(image, network)).mask.voxels);
  });

  test('a limit leaves the edges out and says so', async () => {
    const few = await segment(image, network, { maxPasses: 1 });
    expect(few).toMatchObject({ end: 'pass-limit', passes: 1 });
    expect(few.mask.voxels.some((label) => label > 0)).toBe(true);
    expect(few.mask.voxels.filter((label) => label > 0).length).toBeLessThan(truth.filter((label) => label > 0).length);
    const none = await segment(image, network, { maxSeconds: -1 });
    expect(none).toMatchObject({ end: 'time-limit', passes: 0, doubt: 1, structures: [] });
    const stop = new AbortController();
    const stopped = segment(image, network, { signal: stop.signal }, () => stop.abort(new Error('enough')));
    await expect(stopped).rejects.toThrow('enough');
  });

  test('an image without a spine gives an empty mask with doubt 1', async () => {
    const flat = { ...image, voxels: new Int16Array(image.voxels.length).fill(7) };
    expect(await segment(flat, network)).toMatchObject({ doubt: 1, structures: [], end: 'end-of-scan' });
  });

  test.each([
    ['zeros', (each: Volume) => ({ ...each, voxels: new Int16Array(each.voxels.length) }), 'voxels'],
    ['NaN', (each: Volume) => ({ ...each, voxels: new Float32Array(each.voxels.length).fill(NaN) }), 'voxels'],
    ['too few voxels', (each: Volume) => ({ ...each, voxels: new Int16Array(5) }), 'voxels'],
    [
      'one slice',
      (each: Volume) => ({ ...each, grid: { ...each.grid, size: [1, 28, 680] as [number, number, number] } }),
      'size',
    ],
  ])('refuses %s by name', async (_, change, field) => {
    await expect(segment(change(image), network, { name: 'scan' })).rejects.toMatchObject({ object: 'scan', field });
  });

  test.each([
    ['bytes of another network', () => [BLOCK_ONNX, semanticCard(BLOCK_ONNX)], 'input patch'],
    ['another patch', () => [onnx, semanticCard(onnx, { ...SPEC, patch: [8, 16, 32] })], 'input patch'],
    ['a card of an IIS network', () => [onnx, semanticCard(onnx, BLOCK_SPEC)], 'input patch'],
    ['other bytes than the card names', () => [onnx, semanticCard(BLOCK_ONNX)], 'onnx.digest'],
  ] as [string, () => [Uint8Array, ModelCard], string][])('a network is refused: %s', async (_, made, field) => {
    const [bytes, card] = made();
    await expect(loadModel(bytes, card, 'other')).rejects.toMatchObject({ object: 'other', field });
  });
});

describe('the geometry of windows', () => {
  test('lie as nnU-Net puts them', () => {
    // Its own example: 110 voxels, patch 64, half steps: 0, 23, 46. Nearest to the middle first.
    expect(windowCorners([110, 4, 4], [64, 4, 4], 0.5).map(([x]) => x)).toEqual([23, 0, 46]);
    expect(windowCorners([64, 4, 4], [64, 4, 4], 0.5)).toEqual([[0, 0, 0]]);
  });

  test('an axis over three times as coarse is resampled by itself, the image deciding first', () => {
    expect(separateAxisOf([3.3, 0.6, 0.6], [4, 3, 3])).toBe(0);
    expect(separateAxisOf([1, 1, 1], [1, 1, 4])).toBe(2);
    expect(separateAxisOf([1, 2, 3], [1, 1, 3])).toBeNull();
    expect(separateAxisOf([1, 5, 5], [1, 1, 9])).toBeNull(); // two coarse axes
  });

  test('halves go to the even number', () => {
    expect([0.5, 1.5, 2.5, 2.4, 2.6].map(roundHalfEven)).toEqual([0, 2, 2, 2, 3]);
  });
});

/** The tower with a background of 1: nothing of it is cropped, and its top block is cut by the edge. */
function visible(stored: 'LPS' | 'PIR') {
  const { image, truth } = tower(TOWER, stored);
  const voxels = Int16Array.from(image.voxels, (value) => (value === 0 ? 1 : value));
  return { image: { ...image, voxels } satisfies Volume, truth };
}

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadNetwork, type Network } from '../../../adapters/segmenter/network.ts';
import { segment } from '../../../adapters/segmenter/segment.ts';
import type { TraversalStep } from '../../../adapters/segmenter/walk.ts';
import { StructureDoubt } from '../../../core/review.ts';
import type { Volume } from '../../../core/volume.ts';
import { BLOCK_ONNX, blockCard, tower } from './block-tower.ts';

describe('segment, through onnxruntime, with the hand-built network', () => {
  let network: Network;
  beforeAll(async () => {
    network = await loadNetwork(BLOCK_ONNX, blockCard(), 'block network');
  });
  afterAll(() => network.close());

  const FIVE = { blocks: [1, 2, 3, 4, 5], size: [24, 30, 50] } as const;

  test.each(['LPS', 'PIR'] as const)('finds five blocks, lowest first, on a %s grid', async (stored) => {
    const { image, truth } = tower({ blocks: [...FIVE.blocks], size: [...FIVE.size] }, stored);
    const { mask, structures, doubt, end, trace, passes } = await segment(image, network);
    expect(mask.grid).toEqual(image.grid);
    expect(mask.element).toBe('SHORT');
    expect(differing(mask.voxels, truth)).toBe(0);
    expect(end).toBe('lost-trail');
    expect(structures.map(({ label }) => label)).toEqual([1, 201, 2, 202, 3, 203, 4, 204, 5, 205, 100]);
    structures.forEach((each) => expect(StructureDoubt.parse(each)).toEqual(each));
    structures.forEach(({ label, voxels }) => expect(voxels).toBe(truth.filter((at) => at === label).length));
    expect(doubt).toBeGreaterThan(0);
    expect(doubt).toBeLessThan(0.5);
    expect(trace).toHaveLength(passes);
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace);
  });

  test('the trace is that of the published traversal', async () => {
    const { image } = tower({ blocks: [1, 2], size: [24, 30, 30] });
    const published = { lookBelow: false, liftRetries: 0, foresight: false, arrivedShare: 0 };
    const { trace } = await segment(image, network, published);
    // x: 24 voxels, patches of 16, so centres 8 and 16; y: 30 and 20, centres 10 and 20; z: 30 and 20, centres 10 and 20.
    // The line up the middle comes first, of two the one behind: (16, 20). Its first patch, x 8–23, y 10–29, z 0–19: block 1 lies at x 9–14, y 10–15, z 5–10, its box's centre is at
    // (11.5, 12.5, 7.5), so the patch goes to (12, 13, 8); there the centre is the same: it has arrived.
    // That patch, z -2 to 17, shows 4 of the 6 layers of block 2 (z 14–19): centre 15.5, so 16. There all of it is seen: centre
    // 16.5, so 17, which is only one voxel on: it has arrived. With both in the memory nothing is left.
    const steps = trace as TraversalStep[];
    expect(steps.map(({ kind, centreLpsMm, volumeMm3 }) => [kind, ...centreLpsMm, volumeMm3])).toEqual([
      ['move', 64, 60, 30, 7776],
      ['accept', 48, 39, 24, 7776],
      ['move', 48, 39, 24, 4 * 36 * 36],
      ['accept', 48, 39, 48, 7776],
      ['lost', 48, 39, 48, 0],
    ]);
  });

  test('the trace foresees where the next block is, and moves no further than it must', async () => {
    const { image } = tower({ blocks: [1, 2], size: [24, 30, 30] });
    const { trace } = await segment(image, network, { lookBelow: false });
    // As above to the first block: x moves by 4 voxels, more than 0.12 of the patch's 16. Block 2 should be 35 mm higher, at z 7.5 + 11.7 =
    // 19.2, so 19, and is at 16.5, so 17: two voxels of 20 off, all in view. Block 3 would be 9 voxels above that, at z 25.5, so 26; last, the
    // patch that showed block 2 shows no other.
    const steps = trace as TraversalStep[];
    expect(steps.map(({ kind, centreLpsMm, volumeMm3 }) => [kind, ...centreLpsMm, volumeMm3])).toEqual([
      ['move', 64, 60, 30, 7776],
      ['accept', 48, 39, 24, 7776],
      ['accept', 48, 39, 57, 7776],
      ['lost', 48, 39, 78, 0],
      ['lost', 48, 39, 57, 0],
    ]);
  });

  test('a block that its patch cuts is centred before it is taken, however near it is', async () => {
    const { image, truth } = tower({ blocks: [3], size: [24, 30, 36] });
    // Heights of the search: 10, 18 and 26. The patch at 18, z 8–27, shows all but one layer of the block, which is at z 23–28.
    // A share that lets the patch stay anywhere: only what a side of the patch cuts makes it move. Discs and canal may be cut then.
    const { mask } = await segment(image, network, { arrivedShare: 1 });
    const vertebra = (label: number): number => (label < 100 ? label : 0);
    const fromOne = truth.map((label) => (label === 3 ? 1 : 0));
    expect(differing(mask.voxels.map(vertebra), fromOne)).toBe(0);
  });

  test('a block cut by the edge of the volume is partly in view: 100 + label', async () => {
    // Block 3 begins at voxel 23; a volume of 26 voxels shows half of it.
    const { image, truth } = tower({ blocks: [1, 2, 3], size: [24, 30, 26] });
    const { mask } = await segment(image, network);
    expect(
      differing(
        mask.voxels,
        truth.map((label) => (label === 3 ? 103 : label)),
      ),
    ).toBe(0);
  });

  test('a gap wider than the patch sees is bridged by looking a pitch higher, and doubted', async () => {
    const { image, truth } = tower({ blocks: [1, 2, 4, 5], size: [24, 30, 50] });
    const bridged = await segment(image, network);
    const renumbered = truth.map((label) => (label % 100 > 3 ? label - 1 : label));
    expect(differing(bridged.mask.voxels, renumbered)).toBe(0);
    const stopped = await segment(image, network, { liftRetries: 0, foresight: false });
    expect(new Set(stopped.mask.voxels)).toEqual(new Set([0, 100, 1, 2, 201, 202]));
    const whole = await segment(tower({ blocks: [1, 2, 3, 4], size: [24, 30, 50] }).image, network);
    expect(doubtOf(bridged, 3)).toBeGreaterThan(doubtOf(whole, 3) + 0.1);
  });

  test.each([
    ['noise', (at: number) => (at * 7919) % 97],
    ['a constant', () => 12],
  ])('a volume without a spine (%s) gives an empty mask and full doubt', async (_, fill) => {
    const { image } = tower({ blocks: [], size: [24, 30, 50] });
    const empty: Volume = { ...image, voxels: Int16Array.from(image.voxels, (_value, at) => fill(at)) };
    const result = await segment(empty, network, { minStartMm3: 1000 });
    expect(result.mask.voxels.some((label) => label !== 0)).toBe(false);
    expect(result).toMatchObject({ structures: [], doubt: 1, end: 'end-of-scan' });
    // 2 centres along x, 2 along y, 4 along z (50 voxels, patches of 20, strides of at most 10).
    expect(result.passes).toBe(2 * 2 * 4);
  });

  test('stops between two passes when aborted', async () => {
    const { image } = tower({ blocks: [1, 2, 3], size: [24, 30, 50] });
    const abort = new AbortController();
    const reason = new Error('the worker shuts down');
    let seen = 0;
    const running = segment(image, network, { signal: abort.signal }, () => ++seen === 2 && abort.abort(reason));
    await expect(running).rejects.toBe(reason);
    expect(seen).toBe(2);
  });
});

function differing(a: Int16Array, b: Int16Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((count, value, at) => count + (value === b[at] ? 0 : 1), 0);
}

function doubtOf({ structures }: { structures: StructureDoubt[] }, label: number): number {
  return structures.find((each) => each.label === label)!.doubt;
}

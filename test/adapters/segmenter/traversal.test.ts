import { describe, expect, test } from 'vitest';
import type { Network } from '../../../adapters/segmenter/network.ts';
import { DEFAULT_TRAVERSAL, PUBLIC_TRAVERSALS, type TraversalOptions } from '../../../adapters/segmenter/options.ts';
import { traverse } from '../../../adapters/segmenter/traversal.ts';
import type { WorkingImage } from '../../../adapters/segmenter/working-grid.ts';
import { BLOCK_SPEC, blockOutput, fakeNetwork, LPS } from './block-tower.ts';

/** An image of `height` voxels whose value is the height (z) of each voxel, so that a fake network knows where its patch is. */
function heights(height: number): WorkingImage {
  const size: [number, number, number] = [16, 20, height];
  const values = Float32Array.from({ length: 16 * 20 * height }, (_, at) => Math.floor(at / 320));
  return { grid: { size, spacingMm: [4, 3, 3], originLpsMm: [0, 0, 0], direction: LPS }, values };
}

/** Height of the patch's middle layer in `heights`, and the vertebra memory's lowest and highest voxel height in it. */
function whereabouts(patch: Float32Array): { z: number; known: Set<number> } {
  const voxels = patch.length / 3;
  const layer = (at: number): number => Math.floor(at / 320);
  const filled = patch.findIndex((value) => value !== BLOCK_SPEC.outsideValue);
  const lowest = patch[filled]! - layer(filled);
  const known = new Set<number>();
  for (let at = 0; at < voxels; at++) if (patch[voxels + at] === 1) known.add(lowest + layer(at));
  return { z: lowest + 10, known };
}

/**
 * Sees the lowest of the vertebrae that the memory doesn't hold and of which the patch shows at least two layers.
 * Each is 6³ voxels around height `centres[k]`.
 */
function columnNetwork(
  centres: number[],
  blind: (call: number, centre: number, known: Set<number>) => boolean = () => false,
): Network {
  return fakeNetwork((call, patch) => {
    const { z, known } = whereabouts(patch);
    const seen = centres.find(
      (centre) => !known.has(centre) && Math.abs(centre - z) <= 11 && !blind(call, centre, known),
    );
    return seen === undefined ? {} : { structures: clippedBlock(seen - z) };
  });
}

/** blockOutput at an offset along z; what leaves the patch is cut off. */
function clippedBlock(offsetZ: number): Float32Array {
  const structures = new Float32Array(3 * 16 * 20 * 20);
  const block = blockOutput();
  for (let z = 0; z < 20; z++) {
    const from = z - offsetZ;
    if (from >= 0 && from < 20) structures.set(block.subarray(320 * from, 320 * (from + 1)), 320 * z);
  }
  return structures;
}

function run(network: Network, height: number, changes: Partial<TraversalOptions> = {}) {
  return traverse(heights(height), network, { ...DEFAULT_TRAVERSAL, ...changes });
}

describe('traverse', () => {
  test('climbs a column from the lowest', async () => {
    const trail = await run(columnNetwork([12, 21, 30, 39]), 60);
    // A 6-layer block around height c covers c-3 … c+2: the centre of its box is c - 0.5.
    expect(trail.findings.map(({ centre }) => centre[2])).toEqual([11.5, 20.5, 29.5, 38.5]);
    expect(trail.end).toBe('lost-trail');
    expect(trail.steps.map(({ pass }) => pass)).toEqual(trail.steps.map((_, at) => at + 1));
  });

  test('a network that sees the same vertebra again and again is not counted twice', async () => {
    const obstinate = fakeNetwork((_, patch) => {
      const { z } = whereabouts(patch);
      return Math.abs(20 - z) <= 11 ? { structures: clippedBlock(20 - z) } : {};
    });
    const trail = await run(obstinate, 40);
    expect(trail.findings).toHaveLength(1);
    expect(trail.end).toBe('lost-trail');
  });

  test('a network that sees a vertebra wherever it looks stops at the top of the volume', async () => {
    const trail = await run(
      fakeNetwork(() => ({ structures: blockOutput() })),
      100,
    );
    expect(trail.end).toBe('lost-trail');
    // A lift is the pitch between the last two; all findings are apart from each other and inside.
    expect(trail.findings.length).toBeLessThanOrEqual(100 / 6 + 1);
    const all = new Set(trail.findings.map(({ centre }) => centre[2]));
    expect(all.size).toBe(trail.findings.length);
  });

  test('a network for which everything is vertebra ends', async () => {
    const everything = fakeNetwork(() => ({ structures: new Float32Array(3 * 16 * 20 * 20).fill(1) }));
    for (const options of [DEFAULT_TRAVERSAL, ...Object.values(PUBLIC_TRAVERSALS)]) {
      const trail = await run(everything, 90, options);
      expect(trail.passes).toBeLessThan(40);
    }
  });

  test('oscillation ends halfway between the last two places, after maxMoves', async () => {
    const swinging = fakeNetwork((call) => ({ structures: clippedBlock(call % 2 === 0 ? 5 : -5) }));
    const trail = await run(swinging, 60, { maxMoves: 4, maxVertebrae: 1, lookBelow: false });
    // Search, 4 moves, one more halfway: 6 passes. Places: 10, up to 15 (box centre 14.5), down to 10, …
    expect(trail.steps.map(({ kind }) => kind)).toEqual(['move', 'move', 'move', 'move', 'move', 'accept']);
    // Places 10, 15, 10, 15, 10; the box is then seen at 14.5, so 15; halfway between 10 and 15 is 12.5, so 13 (39 mm).
    expect(trail.steps.map(({ centreLpsMm }) => centreLpsMm[2])).toEqual([30, 45, 30, 45, 30, 39]);
    expect(trail.end).toBe('max-vertebrae');
  });

  test('a sighting that vanishes on approach does not end the search', async () => {
    // The first pass sees a ghost; the column starts far above it.
    const ghost = fakeNetwork((call, patch) => {
      const { z, known } = whereabouts(patch);
      if (call === 0) return { structures: clippedBlock(4) };
      return !known.has(60) && Math.abs(60 - z) <= 9 ? { structures: clippedBlock(60 - z) } : {};
    });
    const trail = await run(ghost, 80, { lookBelow: false });
    expect(trail.steps.slice(0, 2).map(({ kind }) => kind)).toEqual(['move', 'lost']);
    expect(trail.findings.map(({ centre }) => centre[2])).toEqual([59.5]);
  });

  test('a skipped lowest vertebra is found when looking below, and becomes the first', async () => {
    // Blind for the lowest in the first passes, and whenever the memory holds others.
    const skipping = (): Network =>
      columnNetwork([12, 21, 30], (call, centre, known) => centre === 12 && (call < 3 || known.size > 0));
    const trail = await run(skipping(), 50, { liftRetries: 0 });
    expect(trail.findings.map(({ centre }) => centre[2])).toEqual([11.5, 20.5, 29.5]);
    const published = await run(skipping(), 50, { liftRetries: 0, lookBelow: false });
    expect(published.findings.map(({ centre }) => centre[2])).toEqual([20.5, 29.5]);
  });

  test('a limit of passes or seconds keeps what was found', async () => {
    const few = await run(columnNetwork([12, 21, 30, 39]), 60, { maxPasses: 5 });
    expect(few).toMatchObject({ passes: 5, end: 'pass-limit' });
    expect(few.findings.length).toBeGreaterThan(0);
    const none = await run(columnNetwork([12, 21]), 60, { maxSeconds: 0 });
    expect(none).toMatchObject({ passes: 0, end: 'time-limit', findings: [] });
  });

  test('mirrored, takes what both sides of the network see; once more per vertebra', async () => {
    // Sees the vertebra, and voxels beside it to the right wherever they are.
    const lopsided = (): Network => {
      const network = columnNetwork([20]);
      return {
        ...network,
        run: async (patch) => {
          const output = await network.run(patch);
          for (let at = 0; at < 6400; at++) {
            if (output.structures[at] === 1 && at % 16 === 10) output.structures[at + 1] = 0.9;
          }
          return output;
        },
      };
    };
    const plain = await run(lopsided(), 40);
    const mirrored = await run(lopsided(), 40, { mirror: true });
    expect(plain.findings[0]!.vertebra.voxels).toBe(7 * 36);
    expect(mirrored.findings[0]!.vertebra.voxels).toBe(6 * 36);
    expect(mirrored.passes).toBe(plain.passes + 1);
    const kinds = (trail: typeof plain) => trail.steps.map(({ kind }) => kind);
    expect(kinds(mirrored)).toEqual(kinds(plain).flatMap((kind) => (kind === 'accept' ? ['mirror', kind] : [kind])));
    expect(mirrored.steps).toHaveLength(mirrored.passes);
  });

  test('at most maxVertebrae', async () => {
    const trail = await run(columnNetwork([12, 21, 30, 39]), 60, { maxVertebrae: 3 });
    expect(trail.findings).toHaveLength(3);
    expect(trail.end).toBe('max-vertebrae');
  });

  test('takes the disc of the accepted pass, largest component only, and none below the least size', async () => {
    const withDisc = (extra: number): Network =>
      fakeNetwork((_, patch) => {
        const { z, known } = whereabouts(patch);
        if (known.has(20) || Math.abs(20 - z) > 9) return {};
        const structures = clippedBlock(20 - z);
        const voxel = (dx: number, dz: number): number => 6400 + 8 + dx + 16 * (10 + 20 * (10 + 20 - z + dz));
        for (let dx = 0; dx < extra; dx++) structures[voxel(dx, -5)] = 0.9;
        structures[voxel(0, -8)] = 0.9;
        return { structures };
      });
    // A voxel is 36 mm³; 200 mm³ need 6 of them. The speck two layers lower is another component.
    const six = await run(withDisc(6), 40);
    expect(six.findings[0]!.disc).toMatchObject({ voxels: 6 });
    const five = await run(withDisc(5), 40);
    expect(five.findings[0]!.disc).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asMask } from '../../adapters/volume.ts';
import type { Grid } from '../../core/geometry.ts';
import { completeLabel } from '../../core/labels.ts';
import { occupiedRuns } from '../../core/occupied-runs.ts';
import { referenceOf } from '../../core/reference-mask.ts';
import { voxelChanges } from '../../core/scores.ts';
import { boundingBoxes, labelsOf, type StructureBox } from '../../core/structures.ts';
import type { Mask } from '../../core/volume.ts';

/** Mostly background, in runs, of odd and even sizes, at odd and even places of their buffer. */
const volumes = fc
  .record({
    size: fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
    labels: fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2, 105, 100, 203), { minLength: 30, maxLength: 30 }),
    repeats: fc.integer({ min: 1, max: 50 }),
    offset: fc.integer({ min: 0, max: 1 }),
  })
  .map(({ size, labels, repeats, offset }): Mask => {
    const count = size[0] * size[1] * size[2];
    const voxels = new Int16Array(new ArrayBuffer(2 * (count + offset)), 2 * offset, count);
    voxels.forEach((_, at) => (voxels[at] = labels[Math.floor(at / repeats) % labels.length]!));
    return { grid: gridOf(size), element: 'SHORT', voxels };
  });

function gridOf(size: Grid['size']): Grid {
  return { size, spacingMm: [1, 1, 1], originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] };
}

describe('occupiedRuns', () => {
  it('are ascending, apart, and hold every voxel that is not background in any of the masks', () => {
    fc.assert(
      fc.property(volumes, volumes, ({ voxels }, other) => {
        const second = Int16Array.from(voxels, (_, at) => other.voxels[at] ?? 0);
        const runs = occupiedRuns(voxels, second);
        expect(runs).toEqual([...new Set(runs)].sort((a, b) => a - b));
        const held = new Set<number>();
        for (let run = 0; run < runs.length; run += 2) {
          for (let at = runs[run]!; at < runs[run + 1]!; at++) held.add(at);
        }
        voxels.forEach((label, at) => {
          if (label !== 0 || second[at] !== 0) expect(held).toContain(at);
        });
      }),
    );
  });

  it('leave out background, up to what shares a block of 32 with a structure', () => {
    const voxels = new Int16Array(320);
    expect(occupiedRuns(voxels)).toEqual([]);
    voxels[40] = 1;
    voxels[95] = -32768;
    expect(occupiedRuns(voxels)).toEqual([32, 96]);
    expect(occupiedRuns(voxels, new Int16Array(320).fill(1, 200, 201))).toEqual([32, 96, 192, 224]);
  });
});

describe('loops that go by runs find what loops by voxel find', () => {
  it('labels and boxes', () => {
    fc.assert(
      fc.property(volumes, (mask) => {
        const expected = new Map<number, StructureBox>();
        const [nx, ny] = mask.grid.size;
        mask.voxels.forEach((label, at) => {
          if (label === 0) return;
          const index = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)] as const;
          const box = expected.get(label) ?? { voxels: 0, min: [...index], max: [...index], centre: [0, 0, 0] };
          const voxels = box.voxels + 1;
          expected.set(label, {
            voxels,
            min: triple((axis) => Math.min(box.min[axis]!, index[axis]!)),
            max: triple((axis) => Math.max(box.max[axis]!, index[axis]!)),
            centre: triple((axis) => box.centre[axis]! + (index[axis]! - box.centre[axis]!) / voxels),
          });
        });
        const found = boundingBoxes(mask);
        const labels = [...expected.keys()].sort((a, b) => a - b);
        expect([...found.keys()]).toEqual(labels);
        expect(labelsOf(mask)).toEqual(labels);
        for (const [label, { centre, ...box }] of expected) {
          expect(found.get(label)).toMatchObject(box);
          centre.forEach((mean, axis) => expect(found.get(label)!.centre[axis]).toBeCloseTo(mean, 9));
        }
      }),
    );
  });

  it('references', () => {
    fc.assert(
      fc.property(volumes, (mask) => {
        const discless = (label: number) => (label > 200 ? 0 : completeLabel(label));
        const { voxels } = referenceOf(mask, mask.grid, ['vertebra', 'canal']);
        expect([...voxels]).toEqual([...mask.voxels].map(discless));
      }),
    );
  });

  it('changes', () => {
    fc.assert(
      fc.property(volumes, volumes, (base, other) => {
        const voxels = Int16Array.from(base.voxels, (_, at) => other.voxels[at % other.voxels.length]!);
        const pairs = [...base.voxels].map(
          (before, at) => [completeLabel(before), completeLabel(voxels[at]!)] as const,
        );
        const changed = pairs.filter(([before, after]) => before !== after).length;
        const agreeing = pairs.filter(([before, after]) => before === after && before !== 0).length;
        const foreground = pairs.flat().filter((label) => label !== 0).length;
        expect(voxelChanges(base, { ...base, voxels })).toEqual({
          voxelsChanged: changed,
          dice: foreground === 0 ? 1 : (2 * agreeing) / foreground,
        });
      }),
    );
  });

  it('what is no label', () => {
    fc.assert(
      fc.property(volumes, fc.nat(), fc.constantFrom(-1, -32768, 256, 32767), (mask, at, value) => {
        expect(asMask(mask, 'mask').voxels).toBe(mask.voxels);
        const index = at % mask.voxels.length;
        mask.voxels[index] = value;
        expect(() => asMask(mask, 'mask')).toThrow(`${value} at voxel ${index}`);
      }),
    );
  });
});

function triple(of: (axis: number) => number): [number, number, number] {
  return [of(0), of(1), of(2)];
}

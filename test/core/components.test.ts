import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectedComponents, largestShare } from '../../core/components.ts';

/** The obvious way: flood every component from its first voxel. */
function flooded(mask: number[], [nx, ny, nz]: [number, number, number], connectivity: 6 | 26): number[] {
  const labels = new Array<number>(mask.length).fill(0);
  let count = 0;
  mask.forEach((value, start) => {
    if (value === 0 || labels[start] !== 0) return;
    labels[start] = ++count;
    const open = [start];
    while (open.length > 0) {
      const at = open.pop()!;
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
      for (let dz = -1; dz <= 1; dz++)
        for (let dy = -1; dy <= 1; dy++)
          for (let dx = -1; dx <= 1; dx++) {
            if (connectivity === 6 && Math.abs(dx) + Math.abs(dy) + Math.abs(dz) !== 1) continue;
            const [i, j, k] = [x + dx, y + dy, z + dz];
            if (i < 0 || i >= nx || j < 0 || j >= ny || k < 0 || k >= nz) continue;
            const next = i + nx * (j + ny * k);
            if (mask[next] === 0 || labels[next] !== 0) continue;
            labels[next] = count;
            open.push(next);
          }
    }
  });
  return labels;
}

describe('connectedComponents', () => {
  it('tells faces from corners', () => {
    // Slice 0   Slice 1
    //  1 0 0     0 0 0
    //  0 1 0     0 0 1     (0,0,0), (1,1,0) and (2,1,1) touch by edges only
    const mask = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1];
    const faces = connectedComponents(mask, [3, 2, 2], 6);
    expect([...faces.labels]).toEqual([1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 3]);
    expect(faces.sizes).toEqual([9, 1, 1, 1]);
    const corners = connectedComponents(mask, [3, 2, 2], 26);
    expect(corners.count).toBe(1);
    expect(corners.sizes).toEqual([9, 3]);
  });

  it('joins branches that meet late', () => {
    // 1 0 1 0 1
    // 1 1 1 1 1   three stems in the first row become one component in the second
    const comb = connectedComponents([1, 0, 1, 0, 1, 1, 1, 1, 1, 1], [5, 2, 1], 6);
    expect([...comb.labels]).toEqual([1, 0, 1, 0, 1, 1, 1, 1, 1, 1]);
  });

  it('gives nothing for an empty mask', () => {
    expect(connectedComponents(new Uint8Array(8), [2, 2, 2], 26)).toMatchObject({ count: 0, sizes: [8] });
  });

  it('agrees with flooding on any mask', () => {
    const size = fc.tuple(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
    );
    const any = size.chain((s) =>
      fc.record({
        size: fc.constant(s),
        mask: fc.array(fc.integer({ min: 0, max: 1 }), {
          minLength: s[0] * s[1] * s[2],
          maxLength: s[0] * s[1] * s[2],
        }),
        connectivity: fc.constantFrom<6 | 26>(6, 26),
      }),
    );
    fc.assert(
      fc.property(any, ({ size: s, mask, connectivity }) => {
        expect([...connectedComponents(mask, s, connectivity).labels]).toEqual(flooded(mask, s, connectivity));
      }),
      { numRuns: 300 },
    );
  });
});

describe('largestShare', () => {
  it('is the part of the foreground in the largest component', () => {
    expect(largestShare(connectedComponents([1, 1, 1, 0, 1], [5, 1, 1], 6))).toBe(0.75);
    expect(largestShare(connectedComponents([0, 0], [2, 1, 1], 6))).toBe(1);
  });
});

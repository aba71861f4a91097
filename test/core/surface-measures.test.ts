import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hausdorffDistance, percentile } from '../../core/hausdorff.ts';
import { valueOf } from '../../core/measure.ts';
import { surfaceDice } from '../../core/surface-dice.ts';
import {
  averageDistance,
  SURFACE_DEFINITIONS,
  surfaceDistances,
  type SurfaceDefinition,
} from '../../core/surface-distance.ts';
import { surfelAreasMm2, surfelsOf } from '../../core/surfels.ts';

type Size = [number, number, number];
const line = (...voxels: number[]): Uint8Array => Uint8Array.from(voxels);

describe('surfelAreasMm2', () => {
  it('cuts off a corner by a triangle and halves a cell by a rectangle', () => {
    const areas = surfelAreasMm2([1, 1, 1]);
    // Through three edge midpoints: sides √½, area √3/4·½ = √3/8.
    expect(areas[0b00000001]).toBeCloseTo(Math.sqrt(3) / 8, 12);
    // Corners 0–3 are the lower face: the surface is the whole mid-plane.
    expect(areas[0b00001111]).toBeCloseTo(1, 12);
    expect([areas[0], areas[255]]).toEqual([0, 0]);
  });

  it('takes the spacing of the axes it lies in', () => {
    // Lower face inside (z between): sx·sy. Left face inside (corners 0, 2, 4, 6; x between): sy·sz.
    const areas = surfelAreasMm2([2, 3, 5]);
    expect(areas[0b00001111]).toBeCloseTo(6, 12);
    expect(areas[0b01010101]).toBeCloseTo(15, 12);
    // An edge along x inside (corners 0, 1): a rectangle 2 long, across it half the diagonal of 3 × 5.
    expect(areas[0b00000011]).toBeCloseTo((2 * Math.hypot(3, 5)) / 2, 12);
  });

  it('knows all codes, a code and its complement alike', () => {
    const areas = surfelAreasMm2([1, 2, 3]);
    for (let code = 1; code < 255; code++) {
      expect(areas[code]).toBeGreaterThan(0);
      expect(areas[code]).toBe(areas[255 - code]);
    }
  });
});

describe('surfelsOf', () => {
  it('surrounds a single voxel by eight corner cells', () => {
    const { size, codes, cells } = surfelsOf(line(1), [1, 1, 1]);
    expect(size).toEqual([2, 2, 2]);
    // Cell (0, 0, 0) has the voxel as its corner 7, cell (1, 1, 1) as its corner 0.
    expect([...codes]).toEqual([128, 64, 32, 16, 8, 4, 2, 1]);
    expect([...cells]).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });
});

describe('the measures by hand', () => {
  // a: X . . . .   b: X . . . X, 1 mm: distances 0 there; 0 and 4 back.
  const of = (definition: SurfaceDefinition) =>
    surfaceDistances(line(1, 0, 0, 0, 0), line(1, 0, 0, 0, 1), [5, 1, 1], [1, 1, 1], definition);

  it('take HD95 between the ranks as numpy does', () => {
    // Sorted 0 0 4: the position is 0.95·2 = 1.9, so 0 + 0.9·4.
    expect(valueOf(hausdorffDistance(of('authors')))).toBeCloseTo(3.6, 12);
    expect(valueOf(hausdorffDistance(of('authors'), 100))).toBe(4);
    expect(percentile([1], 95)).toBe(1);
  });

  it('take HD95 of surfels by area and direction', () => {
    // Back: the cells of the first voxel at 0 mm, those of the second at 3 and 4 mm, so that half of its area is at 4 mm.
    expect(valueOf(hausdorffDistance(of('surfels')))).toBe(4);
    // There: all at 0. Back, in quarters of the area: 0, 0, 3, 4 mm. The mean of 0 and 7/4.
    expect(valueOf(averageDistance(of('surfels')))).toBeCloseTo(7 / 8, 12);
  });

  it('count what lies within the tolerance, the tolerance included', () => {
    expect(valueOf(surfaceDice(of('authors'), 3.99))).toBeCloseTo(2 / 3, 12);
    expect(valueOf(surfaceDice(of('authors'), 4))).toBe(1);
    // Eight equal cells of a, sixteen of b, of which four at 3 mm and four at 4 mm.
    expect(valueOf(surfaceDice(of('surfels'), 3))).toBeCloseTo(20 / 24, 12);
  });

  it('are undefined, with a reason, when a mask is empty', () => {
    const nothing = surfaceDistances(line(1, 0), line(0, 0), [2, 1, 1], [1, 1, 1]);
    const reason = { defined: false, reason: 'one of the two is empty' };
    expect([averageDistance(nothing), hausdorffDistance(nothing), surfaceDice(nothing, 1)]).toEqual([
      reason,
      reason,
      reason,
    ]);
  });
});

describe('the measures on any pair', () => {
  const side = fc.integer({ min: 1, max: 5 });
  const pair = fc.tuple(side, side, side).chain((size) => {
    const count = size[0] * size[1] * size[2];
    const mask = fc.uint8Array({ min: 0, max: 1, minLength: count, maxLength: count }).filter((m) => m.includes(1));
    const step = fc.double({ min: 0.2, max: 4, noNaN: true });
    const definition = fc.constantFrom(...SURFACE_DEFINITIONS);
    return fc.record({
      size: fc.constant(size),
      spacing: fc.tuple(step, step, step),
      a: mask,
      b: mask,
      definition,
    });
  });
  const measures = (a: Uint8Array, b: Uint8Array, size: Size, spacing: Size, definition: SurfaceDefinition) => {
    const distances = surfaceDistances(a, b, size, spacing, definition);
    const tolerance = spacing[0] * 1.01;
    return [averageDistance(distances), hausdorffDistance(distances), surfaceDice(distances, tolerance)].map((each) =>
      valueOf(each)!,
    );
  };
  const near = (found: number[], expected: number[]): void =>
    found.forEach((value, at) => expect(Math.abs(value - expected[at]!)).toBeLessThan(1e-9 * (1 + expected[at]!)));

  it('are symmetric, and perfect for the same mask', () => {
    fc.assert(
      fc.property(pair, ({ a, b, size, spacing, definition }) => {
        near(measures(a, b, size, spacing, definition), measures(b, a, size, spacing, definition));
        expect(measures(a, a, size, spacing, definition)).toEqual([0, 0, 1]);
      }),
      { numRuns: 100 },
    );
  });

  it('do not change when both masks lie elsewhere in a larger volume', () => {
    const moved = (mask: Uint8Array, size: Size, by: Size): Uint8Array => {
      const larger = new Uint8Array((size[0] + 4) * (size[1] + 4) * (size[2] + 4));
      mask.forEach((value, at) => {
        const x = (at % size[0]) + by[0];
        const y = (Math.floor(at / size[0]) % size[1]) + by[1];
        const z = Math.floor(at / (size[0] * size[1])) + by[2];
        larger[x + (size[0] + 4) * (y + (size[1] + 4) * z)] = value;
      });
      return larger;
    };
    const shift = fc.integer({ min: 0, max: 4 });
    fc.assert(
      fc.property(pair, fc.tuple(shift, shift, shift), ({ a, b, size, spacing, definition }, by) => {
        const larger: Size = [size[0] + 4, size[1] + 4, size[2] + 4];
        const there = measures(moved(a, size, by), moved(b, size, by), larger, spacing, definition);
        near(there, measures(a, b, size, spacing, definition));
      }),
      { numRuns: 100 },
    );
  });

  it('grow with the millimetres', () => {
    fc.assert(
      fc.property(pair, fc.double({ min: 0.5, max: 3, noNaN: true }), ({ a, b, size, spacing, definition }, factor) => {
        const scaled = spacing.map((mm) => mm * factor) as Size;
        const [asd, hd95] = measures(a, b, size, spacing, definition) as Size;
        near(measures(a, b, size, scaled, definition).slice(0, 2), [asd * factor, hd95 * factor]);
      }),
      { numRuns: 100 },
    );
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectedComponents } from '../../core/components.ts';
import { squaredDistances } from '../../core/distance-transform.ts';
import { hausdorffDistance } from '../../core/hausdorff.ts';
import { valueOf } from '../../core/measure.ts';
import { surfaceDice } from '../../core/surface-dice.ts';
import { averageDistance, surfaceDistances, type SurfaceDefinition } from '../../core/surface-distance.ts';

interface GoldenCase {
  size: [number, number, number];
  spacingMm: [number, number, number];
  a: string;
  b: string;
  authors: { asdMm: number; hd95Mm: number; surfaceDice: number };
  medpy: { asdMm: number; hd95Mm: number };
  surfels: { asdMm: number; hd95Mm: number; surfaceDice: number };
  components: Record<'6' | '26', number[]>;
  distancesMm: number[];
}

// Written by test/data/metrics/make_golden.py with MedPy, surface-distance, scipy and SimpleITK.
const file = join(import.meta.dirname, '../data/metrics/golden.json');
const golden = JSON.parse(readFileSync(file, 'utf8')) as { toleranceMm: number; cases: GoldenCase[] };
const voxels = (text: string): Uint8Array => Uint8Array.from(text, Number);

describe('independent packages agree', () => {
  const pairs = golden.cases.flatMap((each, number) =>
    (['authors', 'medpy', 'surfels'] as const).map((definition) => ({ number, definition, each })),
  );

  it.each(pairs)('on surfaces by $definition, case $number', ({ each, definition }) => {
    const of = (name: SurfaceDefinition) =>
      surfaceDistances(voxels(each.a), voxels(each.b), each.size, each.spacingMm, name);
    const distances = of(definition);
    const expected = each[definition];
    expect(valueOf(averageDistance(distances))).toBeCloseTo(expected.asdMm, 9);
    expect(valueOf(hausdorffDistance(distances))).toBeCloseTo(expected.hd95Mm, 9);
    if ('surfaceDice' in expected) {
      expect(valueOf(surfaceDice(distances, golden.toleranceMm))).toBeCloseTo(expected.surfaceDice, 9);
    }
  });

  it('that the three definitions differ, so that none passes for another', () => {
    for (const { authors, medpy, surfels } of golden.cases) {
      expect(new Set([authors, medpy, surfels].map(({ asdMm }) => asdMm.toFixed(4))).size).toBe(3);
    }
  });

  it('on components and their sizes', () => {
    for (const { a, size, components } of golden.cases) {
      for (const connectivity of [6, 26] as const) {
        const { sizes } = connectedComponents(voxels(a), size, connectivity);
        expect(sizes.slice(1).sort((p, q) => q - p)).toEqual(components[`${connectivity}`]);
      }
    }
  });

  it('on distances to a shape', () => {
    for (const { a, size, spacingMm, distancesMm } of golden.cases) {
      squaredDistances(voxels(a), size, spacingMm).forEach((squared, at) => {
        expect(Math.sqrt(squared)).toBeCloseTo(distancesMm[at]!, 8);
      });
    }
  });
});

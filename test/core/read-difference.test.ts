import { describe, expect, it } from 'vitest';
import {
  DIFFERENCE,
  differencePicture,
  differentPlaces,
  placeOfStructure,
  structureDifferences,
  withStructureOf,
} from '../../core/read-difference.ts';
import { structureClass } from '../../core/labels.ts';

/**
 * Two reads of 8 × 3 voxels, one slice; `.` background, 1 = L5, 2 = L4, d = disc 202.
 *
 *   A  1111.222      B  111d.222      differ at (3,0), (3,1), (3,2): L5 in A; disc, background, background in B
 *      1111.222         111..222      and at (7,2): background in A, L4 in B
 *      1111.22.         111..222
 */
const SIZE = [8, 3, 1] as const;
const read = (rows: string) =>
  Uint8Array.from(rows.replaceAll(/\s/g, ''), (c) => ({ '.': 0, '1': 1, '2': 2, d: 202 })[c]!);
const A = read('1111.222 1111.222 1111.22.');
const B = read('111d.222 111..222 111..222');

describe('two reads of a series', () => {
  it('are compared structure by structure, what differs most first', () => {
    expect(structureDifferences(A, B)).toEqual([
      { label: 1, voxelsA: 12, voxelsB: 9, voxelsDiffer: 3, dice: 18 / 21 },
      { label: 2, voxelsA: 8, voxelsB: 9, voxelsDiffer: 1, dice: 16 / 17 },
      { label: 202, voxelsA: 0, voxelsB: 1, voxelsDiffer: 1, dice: 0 },
    ]);
    expect(structureDifferences(A, A)).toEqual([]);
  });

  it('differ at places that hang together, the largest first, each at its middle voxel', () => {
    expect(differentPlaces(A, B, SIZE)).toEqual([
      { voxels: 3, at: 3 + 8 * 1, labelA: 1, labelB: 0 },
      { voxels: 1, at: 7 + 8 * 2, labelA: 0, labelB: 2 },
    ]);
    expect(differentPlaces(A, A, SIZE)).toEqual([]);
    // By corners too; an edge of the volume is none.
    const [p, q] = [Uint8Array.of(1, 0, 0, 1), Uint8Array.of(0, 0, 0, 0)];
    expect(differentPlaces(p, q, [2, 2, 1])).toHaveLength(1);
    expect(differentPlaces(p, q, [4, 1, 1])).toHaveLength(2);
  });

  it('lead to the place of one structure', () => {
    expect(placeOfStructure(A, B, SIZE, 202)).toEqual({ voxels: 1, at: 3, labelA: 0, labelB: 202 });
    expect(placeOfStructure(A, B, SIZE, 100)).toBeUndefined();
  });

  it('are shown by who has something where', () => {
    const { onlyA: a, onlyB: b, otherwise: o } = DIFFERENCE;
    expect([...differencePicture(A, B)]).toEqual([
      ...[0, 0, 0, o, 0, 0, 0, 0],
      ...[0, 0, 0, a, 0, 0, 0, 0],
      ...[0, 0, 0, a, 0, 0, 0, b],
    ]);
    for (const label of Object.values(DIFFERENCE)) expect(structureClass(label)).toBeUndefined();
  });
});

describe('a structure taken from a read', () => {
  it('is as the read has it, and nothing else changes', () => {
    expect(withStructureOf(A, B, 1)).toEqual(read('111d.222 111..222 111..22.'));
    expect(withStructureOf(A, B, 2)).toEqual(read('1111.222 1111.222 1111.222'));
    expect(withStructureOf(A, B, 202)).toEqual(read('111d.222 1111.222 1111.22.'));
    expect(withStructureOf(B, A, 1)).toEqual(read('1111.222 1111.222 1111.222'));
  });

  it('leaves the drawing that it is taken into alone', () => {
    const before = A.slice();
    withStructureOf(A, B, 1);
    expect(A).toEqual(before);
  });
});

import { describe, expect, test } from 'vitest';
import { CLASS, instancesOf } from '../../../adapters/segmenter/semantic-instances.ts';
import type { Grid } from '../../../core/geometry.ts';
import { LPS } from './block-tower.ts';

/**
 * Three vertebrae on a 2 mm grid, seen from the side (each sign two voxels; z up, y back). Bodies B, discs D, canal C, arches A. The
 * arches of two neighbours meet at the heights marked x, as facet joints do: 26-connected, all vertebrae are one piece.
 *
 *      z 30–39   B B B C A A      body 3 with its arch; pedicles (P) join them beside the canal, at x 0 and x 9
 *      z 27–29   D D D C x x
 *      z 17–26   B B B C A A      2
 *      z 14–16   D D D C x x
 *      z  4–13   B B B C A A      1
 *      z  1–3    D D D C . .
 */
const SIZE: [number, number, number] = [10, 24, 42];
const GRID: Grid = { size: [...SIZE], spacingMm: [2, 2, 2], originLpsMm: [0, 0, 0], direction: LPS };

/** Label at a voxel: what should come out. */
function truthAt(x: number, y: number, z: number): number {
  const level = Math.floor((z - 1) / 13) + 1;
  if (z < 1 || level > 3) return 0;
  const inDisc = (z - 1) % 13 < 3;
  if (y < 10) return inDisc ? 200 + level : level;
  if (y < 16 && x > 0 && x < 9) return 100;
  if (y < 16) return inDisc ? 0 : level; // pedicles
  // The gap behind the disc belongs half to the arch above, half to the one below.
  if (inDisc && level === 1) return 0;
  return inDisc && (z - 1) % 13 < 1 ? level - 1 : level;
}

function volume(classAt: (label: number, x: number, y: number, z: number) => number) {
  const classes = new Uint8Array(SIZE[0] * SIZE[1] * SIZE[2]);
  const truth = new Int16Array(classes.length);
  let at = 0;
  for (let z = 0; z < SIZE[2]; z++) {
    for (let y = 0; y < SIZE[1]; y++) {
      for (let x = 0; x < SIZE[0]; x++, at++) {
        truth[at] = truthAt(x, y, z);
        classes[at] = classAt(truth[at]!, x, y, z);
      }
    }
  }
  return { classes, truth };
}

function classOf(label: number): number {
  if (label === 100) return CLASS.canal;
  return label > 200 ? CLASS.disc : label > 0 ? CLASS.vertebra : CLASS.background;
}

/** Where a vertebra has a voxel of another one beside it: what the network is taught to call contact. */
const meets = (label: number, x: number, y: number, z: number): boolean =>
  label > 0 &&
  label < 4 &&
  [-1, 1].some((dz) => ![0, label].includes(truthAt(x, y, z + dz)) && truthAt(x, y, z + dz) < 4);

function dice(a: Int16Array, b: Int16Array, label: number): number {
  let [inA, inB, both] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    if (a[at] === label) inA++;
    if (b[at] === label) inB++;
    if (a[at] === label && b[at] === label) both++;
  }
  return (2 * both) / (inA + inB);
}

describe('instancesOf', () => {
  test('with contact, vertebrae that touch come apart exactly', () => {
    const { classes, truth } = volume((label, x, y, z) => (meets(label, x, y, z) ? CLASS.contact : classOf(label)));
    expect([...classes].filter((each) => each === CLASS.contact).length).toBeGreaterThan(100);
    expect(instancesOf(classes, GRID).voxels).toEqual(truth);
  });

  test('without it, bodies and discs do, and arches nearly', () => {
    const { classes, truth } = volume(classOf);
    const { voxels } = instancesOf(classes, GRID);
    for (const label of [201, 202, 203, 100]) expect(dice(voxels, truth, label)).toBe(1);
    for (const label of [1, 2, 3]) expect(dice(voxels, truth, label)).toBeGreaterThan(0.95);
  });

  test('bodies that a network let run into each other are cut where the disc is', () => {
    // A bridge of vertebra through each disc, in front of the canal.
    const { classes, truth } = volume((label, x, y) =>
      label > 200 && y < 3 && x > 3 && x < 7 ? CLASS.vertebra : classOf(label),
    );
    const { voxels } = instancesOf(classes, GRID);
    expect([...new Set(voxels)].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 100, 201, 202, 203]);
    for (const label of [1, 2, 3]) expect(dice(voxels, truth, label)).toBeGreaterThan(0.93);
  });

  test('an arch that no pedicle joins to its body goes with the body at its height', () => {
    const { classes, truth } = volume((label, x, y, z) =>
      meets(label, x, y, z) || (y >= 10 && y < 16 && label > 0 && label < 4)
        ? y < 16
          ? 0
          : CLASS.contact
        : classOf(label),
    );
    const { voxels } = instancesOf(classes, GRID);
    // Spine of 26 mm a level; the middle of each arch lies at its body's height.
    for (let at = 0; at < voxels.length; at++) if (classes[at] === CLASS.vertebra) expect(voxels[at]).toBe(truth[at]);
  });

  test('specks found nothing, and nothing gives nothing', () => {
    const { classes, truth } = volume((label, x, y, z) => (meets(label, x, y, z) ? CLASS.contact : classOf(label)));
    classes[9 + 10 * (23 + 24 * 41)] = CLASS.vertebra; // one voxel, 8 mm³
    classes[9 + 10 * 23] = CLASS.disc;
    expect(instancesOf(classes, GRID).voxels).toEqual(truth);
    // A disc behind the canal is none, however large.
    for (let z = 17; z < 26; z++) for (let x = 2; x < 8; x++) classes[x + 10 * (22 + 24 * z)] = CLASS.disc;
    expect([...new Set(instancesOf(classes, GRID).voxels)].sort((a, b) => a - b)).toEqual([
      0, 1, 2, 3, 100, 201, 202, 203,
    ]);
    expect(instancesOf(new Uint8Array(classes.length), GRID).voxels.every((label) => label === 0)).toBe(true);
  });
});

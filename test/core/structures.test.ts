import { describe, expect, it } from 'vitest';
import type { Grid } from '../../core/geometry.ts';
import { boundingBoxes, boxSize, cropOf, incompleteVertebrae, jointBox, labelsOf } from '../../core/structures.ts';
import type { Mask } from '../../core/volume.ts';

const LPS: Grid['direction'] = [1, 0, 0, 0, 1, 0, 0, 0, 1];
// x to the back, y to the feet, z to the right, as sagittal series are stored.
const PIR: Grid['direction'] = [0, 0, -1, 1, 0, 0, 0, -1, 0];

function maskWith(
  size: [number, number, number],
  direction: Grid['direction'],
  blocks: [label: number, from: [number, number, number], to: [number, number, number]][],
): Mask {
  const voxels = new Int16Array(size[0] * size[1] * size[2]);
  for (const [label, from, to] of blocks)
    for (let z = from[2]; z <= to[2]; z++)
      for (let y = from[1]; y <= to[1]; y++)
        for (let x = from[0]; x <= to[0]; x++) voxels[x + size[0] * (y + size[1] * z)] = label;
  return { grid: { size, spacingMm: [1, 1, 1], originLpsMm: [0, 0, 0], direction }, element: 'SHORT', voxels };
}

describe('boundingBoxes', () => {
  it('gives box, count and centre of each label, ascending', () => {
    const mask = maskWith([4, 3, 3], LPS, [
      [201, [1, 1, 1], [2, 1, 2]],
      [3, [0, 0, 0], [0, 2, 0]],
    ]);
    expect([...boundingBoxes(mask)]).toEqual([
      [3, { voxels: 3, min: [0, 0, 0], max: [0, 2, 0], centre: [0, 1, 0] }],
      [201, { voxels: 4, min: [1, 1, 1], max: [2, 1, 2], centre: [1.5, 1, 1.5] }],
    ]);
    expect(labelsOf(mask)).toEqual([3, 201]);
  });

  it('gives nothing for an empty mask, and copes with labels no mask should hold', () => {
    expect(boundingBoxes(maskWith([2, 2, 2], LPS, [])).size).toBe(0);
    const odd = maskWith([2, 1, 1], LPS, []);
    odd.voxels.set([-5, 300]);
    expect([...boundingBoxes(odd).keys()]).toEqual([-5, 300]);
    expect(labelsOf(odd)).toEqual([-5, 300]);
  });
});

describe('incompleteVertebrae', () => {
  it('looks at the ends along feet–head and front–back, wherever the file keeps those axes', () => {
    // Stored PIR, size (x back 6, y feet 8, z right 3).
    const mask = maskWith([6, 8, 3], PIR, [
      [4, [2, 0, 1], [3, 1, 1]], // touches y = 0: cut at the head end
      [3, [5, 3, 1], [5, 3, 1]], // touches x = 5: cut at the back
      [2, [2, 5, 0], [3, 5, 2]], // touches both sides: not cut in this sense
      [1, [2, 6, 1], [3, 6, 1]],
      [100, [4, 0, 1], [4, 7, 1]],
    ]);
    expect(incompleteVertebrae(mask)).toEqual([3, 4]);
    // The same voxels read as LPS: x is left–right, so 3 is whole; z is feet–head, so 2 is cut; y is front–back: 4 is cut.
    expect(incompleteVertebrae({ ...mask, grid: { ...mask.grid, direction: LPS } })).toEqual([2, 4]);
  });

  it('believes a label that says partly in view', () => {
    expect(incompleteVertebrae(maskWith([5, 5, 5], LPS, [[107, [2, 2, 2], [2, 2, 2]]]))).toEqual([7]);
  });
});

describe('cropOf', () => {
  it('copies the voxels of the wanted labels', () => {
    const mask = maskWith([3, 2, 2], LPS, [
      [5, [0, 0, 0], [1, 0, 0]],
      [105, [1, 1, 1], [2, 1, 1]],
      [2, [2, 0, 0], [2, 0, 0]],
    ]);
    const box = jointBox({ min: [1, 0, 0], max: [1, 0, 1] }, { min: [1, 0, 0], max: [2, 1, 0] });
    expect(box).toEqual({ min: [1, 0, 0], max: [2, 1, 1] });
    expect(boxSize(box)).toEqual([2, 2, 2]);
    expect([...cropOf(mask, box, [5, 105])]).toEqual([1, 0, 0, 0, 0, 0, 1, 1]);
  });
});

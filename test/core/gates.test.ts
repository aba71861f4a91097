import { describe, expect, it } from 'vitest';
import { checkMask, type GateOptions } from '../../core/gates.ts';
import { GateResult, refusals } from '../../core/gate-result.ts';
import type { Mask } from '../../core/volume.ts';

type Block = [label: number, y: [number, number], z: [number, number]];

/**
 * A spine in an LPS grid of 3×10×30 voxels, feet at z = 0, seen from the left (y runs to the back):
 *
 *   z 24–28   333.00      vertebra 3     y 1–4, canal at y 6–7 from z 1 to 28
 *   z 22–23   ddd.00      disc 203
 *   z 16–21   222.00      vertebra 2
 *   z 14–15   ddd.00      disc 202
 *   z  8–13   111.00      vertebra 1
 *   z  6–7    ddd.00      disc 201
 */
const SPINE: Block[] = [
  [100, [6, 7], [1, 28]],
  [1, [1, 4], [8, 13]],
  [2, [1, 4], [16, 21]],
  [3, [1, 4], [24, 28]],
  [201, [1, 4], [6, 7]],
  [202, [1, 4], [14, 15]],
  [203, [1, 4], [22, 23]],
];

function spine(...changes: Block[]): Mask {
  const voxels = new Int16Array(3 * 10 * 30);
  for (const [label, [y0, y1], [z0, z1]] of [...SPINE, ...changes])
    for (let z = z0; z <= z1; z++)
      for (let y = y0; y <= y1; y++) for (let x = 0; x < 3; x++) voxels[x + 3 * (y + 10 * z)] = label;
  const grid: Mask['grid'] = {
    size: [3, 10, 30],
    spacingMm: [4, 2, 2],
    originLpsMm: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  };
  return { grid, element: 'SHORT', voxels };
}

function relabelled(from: number, to: number, mask = spine()): Mask {
  return { ...mask, voxels: mask.voxels.map((label) => (label === from ? to : label)) };
}

/** The gates that did not pass. */
function failed(mask: Mask, options?: GateOptions): GateResult[] {
  const results = checkMask(mask, spine().grid, options);
  results.forEach((each) => GateResult.parse(each));
  return results.filter((each) => !each.passed);
}
const names = (mask: Mask, options?: GateOptions): string[] => failed(mask, options).map(({ gate }) => gate);

describe('checkMask', () => {
  it('passes a sound mask through every gate', () => {
    expect(failed(spine())).toEqual([]);
    expect(checkMask(spine(), spine().grid).map(({ gate }) => gate)).toEqual([
      'same-grid',
      'known-labels',
      'not-empty',
      'vertebrae-consecutive',
      'no-partial-labels',
      'vertebrae-in-order',
      'discs-consecutive',
      'discs-in-order',
      'discs-at-vertebrae',
      'discs-between-vertebrae',
      'canal-present',
      'canal-continuous',
      'one-component',
      'no-stray-pieces',
      'arch-at-body',
      'volume-plausible',
      'height-plausible',
      'spacing-plausible',
    ]);
  });

  it('refuses another grid, unknown labels and an empty mask, and nothing else', () => {
    const moved = { ...spine(), grid: { ...spine().grid, originLpsMm: [0, 0, 0.5] as [number, number, number] } };
    expect(failed(moved)).toEqual([
      {
        gate: 'same-grid',
        severity: 'refuse',
        passed: false,
        measured: 'originLpsMm 0 0 0.5',
        expected: 'originLpsMm 0 0 0',
        labels: [],
      },
    ]);
    expect(failed(spine([26, [8, 8], [3, 3]]))).toMatchObject([
      { gate: 'known-labels', severity: 'refuse', measured: 'unknown 26', labels: [26] },
    ]);
    const empty = { ...spine(), voxels: new Int16Array(900) };
    expect(refusals(checkMask(empty, empty.grid)).map(({ gate }) => gate)).toEqual(['not-empty']);
    const strange = relabelled(3, 9, relabelled(100, 0));
    expect(refusals(checkMask(strange, strange.grid))).toEqual([]);
  });

  it('flags a gap in the vertebrae, naming the missing one', () => {
    expect(failed(relabelled(2, 4))[0]).toMatchObject({ gate: 'vertebrae-consecutive', severity: 'flag', labels: [2] });
    expect(names(relabelled(1, 0))).toContain('vertebrae-consecutive');
  });

  it('flags a gap in the discs', () => {
    expect(failed(relabelled(202, 0))).toMatchObject([
      { gate: 'discs-consecutive', measured: '201, 203', labels: [202] },
    ]);
  });

  it('allows one disc above the top vertebra, no more', () => {
    expect(names(spine([204, [1, 4], [29, 29]]))).toEqual([]);
    const two = relabelled(3, 0, spine([204, [1, 4], [29, 29]]));
    expect(failed(two)).toMatchObject([{ gate: 'discs-at-vertebrae', labels: [204] }]);
  });

  it('flags labels counted from the wrong end', () => {
    const upsideDown = relabelled(9, 3, relabelled(3, 1, relabelled(1, 9)));
    const results = failed(upsideDown);
    expect(results.map(({ gate }) => gate)).toEqual(['vertebrae-in-order', 'discs-between-vertebrae']);
    expect(results[0]!.labels).toEqual([2, 3]);
  });

  it('flags a disc on the wrong side of its vertebra', () => {
    const swapped = relabelled(209, 202, relabelled(202, 203, relabelled(203, 209)));
    expect(names(swapped)).toEqual(['discs-in-order', 'discs-between-vertebrae']);
    expect(failed(swapped)[1]!.labels).toEqual([202, 203]);
  });

  it('flags a missing and a broken canal', () => {
    expect(failed(relabelled(100, 0))).toMatchObject([{ gate: 'canal-present', measured: '0 voxels', labels: [100] }]);
    // 4 of 28 heights are gone from its lower half: 16 of the 24 left are in one piece.
    expect(failed(spine([0, [6, 7], [9, 12]]))).toMatchObject([{ gate: 'canal-continuous', measured: '66.7 %' }]);
  });

  it('takes an arch behind the canal for a part of its vertebra, since these slices show no pedicles', () => {
    expect(names(spine([2, [8, 8], [17, 20]]))).toEqual([]);
    // The same 12 voxels at the height of vertebra 1.
    expect(failed(spine([2, [8, 8], [9, 12]]))).toMatchObject([
      { gate: 'arch-at-body', measured: 'an arch of 2 at body 1', labels: [2] },
    ]);
    // Too small to be asked: 3 of 75 voxels.
    expect(names(spine([2, [8, 8], [9, 9]]))).toEqual([]);
    // Cut by the back edge, where it may well reach its body.
    expect(names(spine([2, [9, 9], [9, 12]]))).toEqual([]);
    // Without a canal nothing is behind it: 72 of 84 voxels in one piece.
    const bare = relabelled(100, 0, spine([2, [8, 8], [17, 20]]));
    expect(failed(bare)).toMatchObject([
      { gate: 'canal-present' },
      { gate: 'one-component', measured: '2: 85.7 %', labels: [2] },
    ]);
  });

  it('flags 101-125, which only predictions may hold, and still reads them as vertebrae', () => {
    expect(failed(relabelled(3, 103))).toMatchObject([{ gate: 'no-partial-labels', measured: '103', labels: [103] }]);
  });

  it('asks nothing about classes that were not annotated', () => {
    const discs = relabelled(100, 0, relabelled(1, 0, relabelled(2, 0, relabelled(3, 0))));
    expect(names(discs, { annotatedClasses: ['disc'] })).toEqual([]);
    expect(names(discs)).toEqual(['vertebrae-consecutive', 'discs-at-vertebrae', 'canal-present']);
  });
});

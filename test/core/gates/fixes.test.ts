import { describe, expect, it } from 'vitest';
import { applyFix, applyFixes, checkMask, fixesOf } from '../../../core/gates.ts';
import { GateResult, type GateFix } from '../../../core/gate-result.ts';
import { InvalidInputError } from '../../../core/invalid-input.ts';
import type { Mask } from '../../../core/volume.ts';
import { lumbarBlocks, relabelled } from '../../support/lumbar-blocks.ts';

function fixes(mask: Mask): GateFix[] {
  const results = checkMask(mask, mask.grid);
  results.forEach((result) => GateResult.parse(JSON.parse(JSON.stringify(result))));
  return fixesOf(results);
}

const sound = lumbarBlocks();
/** Compared as bytes: vitest takes seconds to compare arrays of this size one by one. */
function expectSame(mask: Mask, expected: Mask): void {
  expect(Buffer.compare(Buffer.from(mask.voxels.buffer), Buffer.from(expected.voxels.buffer))).toBe(0);
  expect(mask.grid).toEqual(expected.grid);
}

const SHIFTED = { 1: 2, 2: 3, 3: 4, 4: 5, 5: 6, 201: 202, 202: 203, 203: 204, 204: 205, 205: 206 };

describe('a renumbering', () => {
  it('is proposed for a run that starts too high, and makes it sound', () => {
    const shifted = relabelled(sound, SHIFTED);
    const failed = checkMask(shifted, shifted.grid).filter(({ passed }) => !passed);
    expect(failed.map(({ gate }) => gate)).toEqual(['vertebrae-consecutive', 'discs-consecutive']);
    const [fix, ...others] = fixes(shifted);
    expect(others).toEqual([]);
    expect(fix).toMatchObject({ kind: 'renumber', voxels: 5 * 4420 + 5 * 1360 });
    expect(fix?.description).toMatch(/^number from below: 2 becomes 1, 3 becomes 2, .*206 becomes 205$/);
    expectSame(applyFix(shifted, fix!), sound);
  });

  it('is proposed for a run counted from the head', () => {
    const upsideDown = relabelled(sound, { 1: 5, 2: 4, 4: 2, 5: 1, 201: 205, 202: 204, 204: 202, 205: 201 });
    const [fix] = fixes(upsideDown);
    expect(fix?.labels).toEqual([5, 4, 2, 1, 201, 202, 204, 205]);
    expectSame(applyFix(upsideDown, fix!), sound);
  });

  it('is proposed for a number that was skipped, and for discs one off', () => {
    const skipped = relabelled(sound, { 4: 5, 5: 6, 204: 205, 205: 206 });
    expectSame(applyFixes(skipped, fixes(skipped)), sound);
    const discs = relabelled(sound, { 201: 202, 202: 203, 203: 204, 204: 205, 205: 206 });
    expectSame(applyFixes(discs, fixes(discs)), sound);
  });

  it('keeps what is marked as partly in view', () => {
    const partly = relabelled(sound, { ...SHIFTED, 5: 106 });
    expectSame(applyFixes(partly, fixes(partly)), relabelled(sound, { 5: 105 }));
  });

  it('is not proposed where more than one numbering is possible', () => {
    // Vertebra 1 was never drawn: its disc lies under the lowest there is, as does that of vertebra 2.
    expect(fixes(relabelled(sound, { 1: 0 }))).toEqual([]);
    // Vertebra 3 was never drawn: a step of 68 mm, and a hole between 2 and 4.
    expect(fixes(relabelled(sound, { 3: 0, 203: 0 }))).toEqual([]);
    // The same vertebra twice.
    expect(fixes(relabelled(sound, { 2: 101 }))).toEqual([]);
    // One vertebra alone says nothing.
    expect(fixes(relabelled(sound, { 1: 0, 2: 0, 4: 0, 5: 0, 201: 0, 202: 0, 204: 0, 205: 0 }))).toEqual([]);
  });

  it('is not proposed for a sound mask', () => {
    expect(fixes(sound)).toEqual([]);
  });
});

describe('a removal', () => {
  const dirty = lumbarBlocks([1, [0, 2], [1, 3], [112, 114]], [100, [0, 1], [36, 38], [40, 42]]);

  it('takes out the stray pieces and nothing else', () => {
    const [fix, ...others] = fixes(dirty);
    expect(others).toEqual([]);
    expect(fix).toMatchObject({ kind: 'remove-pieces', labels: [1, 100], voxels: 27 + 18 });
    expect(fix?.description).toBe('make 2 stray pieces of 1, 100 background (45 voxels)');
    expectSame(applyFix(dirty, fix!), sound);
  });

  it('goes together with a renumbering', () => {
    const both = relabelled(dirty, SHIFTED);
    expect(fixes(both).map(({ kind }) => kind)).toEqual(['renumber', 'remove-pieces']);
    expectSame(applyFixes(both, fixes(both)), sound);
  });
});

describe('applyFix', () => {
  it('works on a copy', () => {
    const shifted = relabelled(sound, SHIFTED);
    const before = Int16Array.from(shifted.voxels);
    applyFix(shifted, fixes(shifted)[0]!);
    expectSame(shifted, { ...shifted, voxels: before });
  });

  it('refuses a mask that is not the one that was checked', () => {
    const [fix] = fixes(relabelled(sound, SHIFTED));
    expect(() => applyFix(sound, fix!)).toThrow(InvalidInputError);
    const [removal] = fixes(lumbarBlocks([1, [0, 2], [1, 3], [112, 114]]));
    expect(() => applyFix(sound, removal!)).toThrow(
      new InvalidInputError('mask', 'fix', '27 voxels to change, as proposed', '0'),
    );
  });
});

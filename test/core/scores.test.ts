import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { Scores } from '../../core/loop.ts';
import { compareMasks, StructureScore, summarise, voxelChanges } from '../../core/scores.ts';
import { rowMask as row } from '../support/row-mask.ts';

describe('compareMasks', () => {
  it('scores overlap and surface by hand', () => {
    // reference  1 1 1 1 0 0     4 voxels
    // prediction 0 0 1 1 1 0     3 voxels, 2 in common: Dice 4/7
    // In a row every voxel is surface: 4, 2, 0, 0 mm there and 0, 0, 2 mm back, together 8/7 mm.
    const [score, ...others] = compareMasks(row(1, 1, 1, 1, 0, 0), row(0, 0, 1, 1, 1, 0));
    expect(others).toEqual([]);
    expect(score).toEqual({
      label: 1,
      class: 'vertebra',
      matched: 1,
      dice: 4 / 7,
      asdMm: { defined: true, value: 8 / 7 },
      detected: true,
      referenceVoxels: 4,
      predictionVoxels: 3,
    });
    expect(StructureScore.parse(JSON.parse(JSON.stringify(score)))).toEqual(score);
  });

  it('matches by overlap, not by number: a count that starts one too high loses nothing', () => {
    const scores = compareMasks(row(1, 1, 0, 2, 2), row(2, 2, 0, 3, 3));
    expect(scores.map(({ label, matched, dice }) => [label, matched, dice])).toEqual([
      [1, 2, 1],
      [2, 3, 1],
    ]);
  });

  it('lets two references share one prediction, and does not charge extra predictions', () => {
    const scores = compareMasks(row(1, 1, 2, 2, 0, 0), row(1, 1, 1, 1, 7, 203));
    expect(scores.map(({ matched, dice }) => [matched, dice])).toEqual([
      [1, 4 / 6],
      [1, 4 / 6],
    ]);
  });

  it('takes the smaller label when two overlap alike', () => {
    expect(compareMasks(row(5, 5), row(4, 3))[0]!.matched).toBe(3);
  });

  it('counts 101-125 as 1-25 on both sides', () => {
    const scores = compareMasks(row(3, 103, 0), row(0, 3, 103));
    expect(scores).toMatchObject([{ label: 3, matched: 3, dice: 2 / 4, referenceVoxels: 2, predictionVoxels: 2 }]);
    expect(scores[0]!.asdMm).toEqual({ defined: true, value: 1 }); // 2, 0 there and 0, 2 back
  });

  it('calls a structure below Dice 0.1 missed, without a surface distance', () => {
    // 1 of 1 reference voxel in a prediction of 20: Dice 2/21 = 0.095; with 19 it is 2/20 = 0.1, which is found.
    const long = (count: number): number[] => new Array<number>(count).fill(201);
    const missed = compareMasks(row(201, ...new Array<number>(19).fill(0)), row(...long(20)))[0]!;
    expect(missed).toMatchObject({ dice: 2 / 21, detected: false, asdMm: { defined: false }, predictionVoxels: 20 });
    expect(compareMasks(row(201, ...new Array<number>(18).fill(0)), row(...long(19)))[0]!.detected).toBe(true);
    const absent = compareMasks(row(100, 0), row(0, 100))[0]!;
    expect(absent).toMatchObject({ matched: null, dice: 0, detected: false, predictionVoxels: 0 });
  });

  it('compares only the classes asked for, and leaves out labels that are no structure', () => {
    const reference = row(1, 100, 201, 26);
    expect(compareMasks(reference, reference).map(({ label }) => label)).toEqual([1, 100, 201]);
    expect(compareMasks(reference, reference, { classes: ['disc'] }).map(({ label }) => label)).toEqual([201]);
    expect(compareMasks(row(0, 0), row(1, 1))).toEqual([]);
  });

  it('refuses another grid and labels outside 0-255', () => {
    expect(() => compareMasks(row(1, 0), row(1, 0, 0))).toThrow(InvalidInputError);
    expect(() => compareMasks(row(1), row(300))).toThrow('prediction: voxels: expected labels from 0 to 255, got 300');
    expect(() => compareMasks(row(-1), row(0))).toThrow(/^reference/);
  });
});

describe('summarise', () => {
  it('counts misses as Dice 0 and leaves them out of the surface distance', () => {
    const scores = [
      ...compareMasks(row(1, 1, 0, 2, 2, 0), row(1, 1, 0, 0, 0, 0)), // 1 perfect, 2 missed
      ...compareMasks(row(201, 201, 201), row(201, 0, 0)), // Dice 2/4; surface 0, 2, 4 there, 0 back: 1.5 mm
    ];
    const summary = summarise(scores);
    expect(summary).toEqual({
      vertebra: { count: 2, detected: 1, dice: 0.5, asdMm: 0 },
      disc: { count: 1, detected: 1, dice: 0.5, asdMm: 1.5 },
      canal: { count: 0, detected: 0, dice: null, asdMm: null },
      meanDice: 0.5,
    });
    expect(Scores.parse(summary)).toEqual(summary);
  });

  it('counts a small overlap below 0.1 as 0', () => {
    const scores = compareMasks(row(201, ...new Array<number>(19).fill(0)), row(...new Array<number>(20).fill(201)));
    expect(scores[0]!.dice).toBeGreaterThan(0);
    expect(summarise(scores).meanDice).toBe(0);
  });

  it('has null means for nothing', () => {
    expect(summarise([]).meanDice).toBeNull();
  });
});

describe('voxelChanges', () => {
  it('counts voxels that differ, and label-wise agreement', () => {
    // base 1 1 2 0 0, corrected 1 2 2 2 0: positions 1 and 3 differ; 2 agree of 3 + 4 foreground voxels: 4/7.
    expect(voxelChanges(row(1, 1, 2, 0, 0), row(1, 2, 2, 2, 0))).toEqual({ voxelsChanged: 2, dice: 4 / 7 });
  });

  it('is untouched at 0 and 1, for empty masks too', () => {
    expect(voxelChanges(row(1, 100), row(1, 100))).toEqual({ voxelsChanged: 0, dice: 1 });
    expect(voxelChanges(row(0), row(0))).toEqual({ voxelsChanged: 0, dice: 1 });
    expect(voxelChanges(row(0, 0), row(0, 3))).toEqual({ voxelsChanged: 1, dice: 0 });
  });

  it('does not call it a change when a proposal’s 105 becomes 5', () => {
    expect(voxelChanges(row(105, 105, 0), row(5, 5, 0))).toEqual({ voxelsChanged: 0, dice: 1 });
  });

  it('refuses masks of different sizes', () => {
    expect(() => voxelChanges(row(1), row(1, 1))).toThrow(InvalidInputError);
  });
});

import { describe, expect, it } from 'vitest';
import { evaluateMasks, SeriesEvaluation } from '../../core/evaluation.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { EvaluationOptions } from '../../core/protocol.ts';
import { rowMask } from '../support/row-mask.ts';

const OPTIONS: EvaluationOptions = {
  protocols: ['spider', 'strict'],
  surface: 'authors',
  toleranceMm: 2,
  incompleteVertebrae: [],
  leaveOutIncomplete: false,
};
const evaluate = (reference: number[], prediction: number[], options: Partial<EvaluationOptions> = {}) =>
  evaluateMasks(rowMask(...reference), rowMask(...prediction), { ...OPTIONS, ...options });
const value = (number: number) => ({ defined: true, value: number });

describe('the two protocols', () => {
  it('agree where everything is found once', () => {
    // 1 1 1 1 0 against 0 0 1 1 1, 2 mm each: Dice 4/7. Distances 4 2 0 0 there and 0 0 2 back; 6 of 7 within 2 mm.
    // Sorted 0 0 0 0 2 2 4: HD95 at 0.95·6 = 5.7, so 2 + 0.7·2.
    const { spider, strict } = evaluate([1, 1, 1, 1, 0], [0, 0, 1, 1, 1]);
    expect(spider).toEqual([
      {
        outcome: 'found',
        label: 1,
        class: 'vertebra',
        matched: 1,
        dice: 4 / 7,
        asdMm: value(8 / 7),
        hd95Mm: value(expect.closeTo(3.4, 9) as unknown as number),
        surfaceDice: value(6 / 7),
        referenceVoxels: 4,
        predictionVoxels: 3,
      },
    ]);
    expect(strict).toEqual(spider);
  });

  it('differ where one prediction covers two structures: spider scores it twice, strict once', () => {
    // Vertebrae 1 and 2 lie in one predicted piece of 5 voxels: Dice 2·3/(3 + 5) and 2·2/(2 + 5).
    const { spider, strict } = evaluate([1, 1, 1, 2, 2], [1, 1, 1, 1, 1]);
    expect(spider).toMatchObject([
      { label: 1, matched: 1, dice: 6 / 8 },
      { label: 2, matched: 1, dice: 4 / 7 },
    ]);
    expect(strict).toMatchObject([
      { label: 1, outcome: 'found', matched: 1, dice: 6 / 8 },
      { label: 2, outcome: 'missed', matched: null, dice: 0, surfaceDice: value(0) },
    ]);
    // Two voxels of 2 × 1 × 1 mm: the diagonal of 4 × 1 × 1.
    expect(strict![1]!.asdMm).toEqual(value(Math.hypot(4, 1, 1)));
    expect(strict![1]!.hd95Mm).toEqual(value(Math.hypot(4, 1, 1)));
  });

  it('differ where a structure is invented: only strict charges it', () => {
    const { spider, strict } = evaluate([1, 1, 0, 0, 0], [1, 1, 0, 205, 205]);
    expect(spider!.map(({ label }) => label)).toEqual([1]);
    expect(strict).toMatchObject([
      { label: 1, outcome: 'found', dice: 1 },
      { label: 205, class: 'disc', outcome: 'extra', dice: 0, referenceVoxels: 0, predictionVoxels: 2 },
    ]);
    expect(strict![1]!.asdMm).toEqual(value(Math.hypot(4, 1, 1)));
  });

  it('differ where the class is wrong: spider takes any label, strict a miss and an extra', () => {
    const { spider, strict } = evaluate([201, 201], [3, 3]);
    expect(spider).toMatchObject([{ label: 201, outcome: 'found', matched: 3, dice: 1 }]);
    expect(strict!.map(({ label, outcome }) => [label, outcome])).toEqual([
      [3, 'extra'],
      [201, 'missed'],
    ]);
  });

  it('differ where structures are missed: spider has no distance for them', () => {
    const { spider, strict } = evaluate([100, 100, 0], [0, 0, 0]);
    expect(spider![0]).toMatchObject({ outcome: 'missed', dice: 0, asdMm: { defined: false }, surfaceDice: value(0) });
    expect(strict![0]).toMatchObject({ outcome: 'missed', dice: 0, asdMm: value(Math.hypot(4, 1, 1)) });
  });

  it('call an overlap below Dice 0.1 a miss, in strict an extra besides', () => {
    const zeros = new Array<number>(19).fill(0);
    const { spider, strict } = evaluate([201, ...zeros], new Array<number>(20).fill(201));
    expect(spider).toMatchObject([{ outcome: 'missed', matched: null, dice: 0, predictionVoxels: 0 }]);
    expect(strict!.map(({ outcome }) => outcome)).toEqual(['missed', 'extra']);
  });

  it('match by overlap, not by number', () => {
    const { strict } = evaluate([1, 1, 2, 2], [2, 2, 3, 3]);
    expect(strict!.map(({ outcome, label, matched }) => [outcome, label, matched])).toEqual([
      ['found', 1, 2],
      ['found', 2, 3],
    ]);
  });

  it('leave out incomplete vertebrae with their partners, and other classes, when asked', () => {
    const all = [1, 1, 2, 2, 201, 201];
    const options = { incompleteVertebrae: [2], leaveOutIncomplete: true };
    const left = evaluate(all, all, options);
    expect(left.spider!.map(({ label }) => label)).toEqual([1, 201]);
    expect(left.strict!.map(({ label, outcome }) => [label, outcome])).toEqual([
      [1, 'found'],
      [201, 'found'],
    ]);
    expect(evaluate(all, all, { incompleteVertebrae: [2] }).spider).toHaveLength(3);
    const discs = evaluate(all, [5, 5, 5, 5, 201, 201], { classes: ['disc'] });
    expect([discs.spider, discs.strict].map((rows) => rows!.map(({ label }) => label))).toEqual([[201], [201]]);
  });

  it('are null when not asked for, and survive JSON', () => {
    const found = evaluate([1, 0], [0, 0], { protocols: ['strict'] });
    expect(found.spider).toBeNull();
    expect(SeriesEvaluation.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
  });

  it('refuse masks on different grids', () => {
    expect(() => evaluate([1, 0], [1])).toThrow(InvalidInputError);
  });
});

describe('completeness', () => {
  it('counts by the label that most voxels of the match carry', () => {
    // 1: complete, called complete. 2: complete, called incomplete by two voxels of three. 3: incomplete, called complete.
    // 4: incomplete and called so. 5: missed, so not counted.
    const { completeness } = evaluate([1, 2, 2, 2, 3, 4, 5], [1, 102, 102, 2, 3, 104, 0], {
      incompleteVertebrae: [3, 4, 5],
    });
    expect(completeness).toEqual({ truePositives: 1, falseNegatives: 1, falsePositives: 1, trueNegatives: 1 });
  });
});

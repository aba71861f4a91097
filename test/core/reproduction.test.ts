import { describe, expect, it } from 'vitest';
import type { Scores } from '../../core/loop.ts';
import {
  compareMasks,
  compareScores,
  joinTallies,
  tallyOf,
  verdictOf,
  type ReproductionCheck,
  type ReproductionCounts,
} from '../../core/reproduction.ts';

const check = (outcome: ReproductionCheck['outcome'], of = '1_t2'): ReproductionCheck => ({
  what: 'mask',
  of,
  outcome,
  detail: outcome === 'equal' ? null : 'why',
});

describe('a tally', () => {
  it('counts by what and outcome, and names what is not equal', () => {
    const { counts, findings } = tallyOf([check('equal'), check('equal'), check('within', '2_t2')]);
    expect(counts.mask).toEqual({ equal: 2, within: 1, different: 0, impossible: 0 });
    expect(counts.image).toEqual({ equal: 0, within: 0, different: 0, impossible: 0 });
    expect(findings.map(({ of }) => of)).toEqual(['2_t2']);
  });

  it('keeps 200 findings and the number of the others', () => {
    const many = tallyOf(Array.from({ length: 150 }, () => check('different')));
    const sum = joinTallies(many, joinTallies(many, many));
    expect(sum.counts.mask.different).toBe(450);
    expect(sum.findings).toHaveLength(200);
    expect(sum.findingsLeftOut).toBe(250);
  });

  it('joins parts that were counted before a kind of check was known', () => {
    const { retraining, ...counts } = tallyOf([check('equal')]).counts;
    const old = { counts: counts as ReproductionCounts, findings: [], findingsLeftOut: 0 };
    const sum = joinTallies(old, tallyOf([{ ...check('different'), what: 'retraining' }]));
    expect(retraining.different).toBe(0);
    expect(sum.counts.mask.equal).toBe(1);
    expect(sum.counts.retraining).toEqual({ equal: 0, within: 0, different: 1, impossible: 0 });
  });

  it.each([
    ['equal', { reproduced: true, allEqual: true }],
    ['within', { reproduced: true, allEqual: false }],
    ['different', { reproduced: false, allEqual: false }],
    ['impossible', { reproduced: false, allEqual: false }],
  ] as const)('with one that is %s', (outcome, verdict) => {
    expect(verdictOf(tallyOf([check('equal'), check(outcome)]).counts)).toEqual(verdict);
  });
});

describe('tolerances', () => {
  it.each([
    [0, 1, 'equal'],
    [3, 0.9901, 'within'],
    [900, 0.9899, 'different'],
  ] as const)('%d other voxels at Dice %d: %s', (voxelsChanged, dice, outcome) => {
    expect(compareMasks('proposal', '1_t2', { voxelsChanged, dice }).outcome).toBe(outcome);
  });

  const scores = (meanDice: number | null): Scores => {
    const none = { count: 1, detected: 1, dice: meanDice, asdMm: 1 };
    return { vertebra: none, disc: none, canal: none, meanDice };
  };
  it.each([
    [0.9, 0.9, 'equal'],
    [0.9, 0.9049, 'within'],
    [0.9, 0.906, 'different'],
    [0.9, null, 'different'],
  ] as const)('mean Dice %d then %d: %s', (before, after, outcome) => {
    expect(compareScores('a'.repeat(64), scores(before), scores(after)).outcome).toBe(outcome);
  });
});

import { describe, expect, it } from 'vitest';
import { refusals } from '../../../core/gate-result.ts';
import { checkMask } from '../../../core/gates.ts';
import { STRUCTURE_CLASSES, type StructureClass } from '../../../core/labels.ts';
import { labelsOf } from '../../../core/structures.ts';
import type { Mask } from '../../../core/volume.ts';
import { correctProposal, type Correction } from '../../../infra/simulated-reviewer/correction.ts';
import { Lots } from '../../../infra/simulated-reviewer/lots.ts';
import { noticeProbability, SKILL_PRESETS, type ReviewerSkill } from '../../../infra/simulated-reviewer/skill.ts';
import { sameVoxels, spoiltSpine, trueSpine, type Defects } from './block-spine.ts';

const { perfect } = SKILL_PRESETS;
const TRUTH = trueSpine(5);

function correct(
  proposal: Mask,
  skill: ReviewerSkill,
  given: { truth?: Mask; seed?: number; classes?: readonly StructureClass[] } = {},
): Correction {
  const { truth = TRUTH, seed = 1, classes = STRUCTURE_CLASSES } = given;
  const lots = new Lots(seed, '5_t2', 1);
  return correctProposal({
    proposal,
    truth: { mask: truth, annotatedClasses: classes },
    grid: proposal.grid,
    skill,
    lots,
  });
}

const EVERYTHING: Defects = {
  shift: { 2: [1, 0], 203: [0, 1], 100: [0, -1] },
  missing: [4, 202],
  extra: 9,
  numberedOff: 1,
  partial: [5],
};

describe('a perfect reviewer', () => {
  const single: [string, Defects][] = [
    ['shifted structures', { shift: { 1: [1, 0], 2: [0, 2], 204: [-1, -1], 100: [1, 0] } }],
    ['missing structures', { missing: [1, 3, 205, 100] }],
    ['a superfluous structure', { extra: 6 }],
    ['a superfluous structure under a number that is missing', { extra: 3, missing: [3] }],
    ['a numbering one too high', { numberedOff: 1 }],
    ['a numbering one too high, whose lowest number lies in the muscle', { numberedOff: 1, extra: 1 }],
    ['a vertebra called partly in view', { partial: [5] }],
    ['everything at once', EVERYTHING],
    ['nothing at all to start from', { missing: labelsOf(TRUTH) }],
  ];
  it.each(single)('leaves the truth behind, voxel for voxel: %s', (_, defects) => {
    const { mask } = correct(spoiltSpine(5, defects), perfect);
    expect(sameVoxels(mask, TRUTH)).toBe(true);
    expect(refusals(checkMask(mask, mask.grid))).toEqual([]);
  });

  it('counts what was wrong and what it did', () => {
    const { findings } = correct(spoiltSpine(5, EVERYTHING), perfect);
    // 3 shapes, 2 missing, 1 superfluous and the numbering; the structures that are only misnumbered are not redrawn
    expect(findings).toMatchObject({ errors: 7, noticed: 7, structures: 6, renumbered: true });
    expect(findings).toMatchObject({ redrawn: [2, 100, 203], added: [4, 202], removed: [9] });
  });

  it('finds nothing in the truth', () => {
    const { mask, findings } = correct(trueSpine(5), perfect);
    expect(sameVoxels(mask, TRUTH)).toBe(true);
    expect(findings).toMatchObject({ errors: 0, noticed: 0, structures: 0, voxelsChanged: 0, renumbered: false });
  });

  it('counts the voxels it changed, and their volume', () => {
    // Disc 203 one row too high: 14 × 6 voxels to add below and as many to take away above, 9 mm³ each.
    const { findings } = correct(spoiltSpine(5, { shift: { 203: [0, 1] } }), perfect);
    expect(findings.voxelsChanged).toBe(168);
    expect(findings.changedCm3).toBeCloseTo(1.512, 12);
  });
});

describe('what is not noticed', () => {
  it('stays as the model made it, wholly so at anchoring 1', () => {
    const proposal = spoiltSpine(5, { ...EVERYTHING, partial: [] });
    const { mask, findings } = correct(proposal, { ...SKILL_PRESETS.perfect, anchoring: 1 });
    expect(sameVoxels(mask, proposal)).toBe(true);
    expect(findings).toMatchObject({ errors: 7, noticed: 0, voxelsChanged: 0 });
  });

  it('leaves a wrong number on a structure that is redrawn', () => {
    const proposal = spoiltSpine(5, { shift: { 2: [1, 0] }, numberedOff: 1 });
    const { mask, findings } = correct(proposal, { ...perfect, fixesNumbering: 0 });
    expect(sameVoxels(mask, spoiltSpine(5, { numberedOff: 1 }))).toBe(true);
    expect(findings).toMatchObject({ errors: 2, noticed: 1, redrawn: [3], renumbered: false });
  });

  it('is seen after all by whoever adds a vertebra', () => {
    // The lowest is missing, so the model calls L4 1; the reviewer doesn't look at numbers but adds L5.
    const proposal = spoiltSpine(5, { missing: [1, 201], numberedOff: -1 });
    const { mask, findings } = correct(proposal, { ...perfect, fixesNumbering: 0 });
    expect(sameVoxels(mask, TRUTH)).toBe(true);
    expect(findings).toMatchObject({ added: [1, 201], renumbered: true });
  });
});

describe('a reviewer who answers for discs only', () => {
  it('corrects them and leaves the rest alone, but for 101-125', () => {
    const proposal = spoiltSpine(5, { shift: { 2: [1, 0], 203: [0, 1] }, missing: [202], partial: [5] });
    const { mask, findings } = correct(proposal, perfect, { classes: ['disc'] });
    expect(findings).toMatchObject({ errors: 2, redrawn: [203], added: [202] });
    expect(sameVoxels(mask, spoiltSpine(5, { shift: { 2: [1, 0] } }))).toBe(true);
  });
});

describe('chance', () => {
  const proposal = spoiltSpine(5, EVERYTHING);
  const { typical } = SKILL_PRESETS;

  it('decides the same for the same seed, series and round, and otherwise differently', () => {
    const [first, again] = [correct(proposal, typical), correct(proposal, typical)];
    expect(again.findings).toEqual(first.findings);
    expect(sameVoxels(first.mask, again.mask)).toBe(true);
    const others = [2, 3, 4, 5].map((seed) => correct(proposal, typical, { seed }).mask);
    expect(others.some((mask) => !sameVoxels(mask, first.mask))).toBe(true);
    const uniform = new Set([
      new Lots(1, '5_t2', 1).uniform('x'),
      new Lots(1, '5_t2', 2).uniform('x'),
      new Lots(1, '6_t2', 1).uniform('x'),
      new Lots(2, '5_t2', 1).uniform('x'),
    ]);
    expect(uniform.size).toBe(4);
  });

  it('notices only less as anchoring grows: the draws stay the same', () => {
    const numberedWell = spoiltSpine(5, { ...EVERYTHING, numberedOff: 0 });
    for (let seed = 0; seed < 20; seed++) {
      const free = correct(numberedWell, { ...typical, anchoring: 0 }, { seed }).findings;
      const bound = correct(numberedWell, { ...typical, anchoring: 0.5 }, { seed }).findings;
      expect(free.redrawn).toEqual(expect.arrayContaining(bound.redrawn));
      expect(free.added).toEqual(expect.arrayContaining(bound.added));
    }
  });
});

/** Within four standard deviations of a binomial count. */
function expectRate(count: number, trials: number, probability: number): void {
  expect(Math.abs(count - trials * probability)).toBeLessThan(
    4 * Math.sqrt(trials * probability * (1 - probability)) + 1e-9,
  );
}

describe('rates', () => {
  const SEEDS = 100;
  const VERTEBRAE = 12;
  const truth = trueSpine(VERTEBRAE);
  const skill: ReviewerSkill = {
    ...perfect,
    anchoring: 0.2,
    vigilance: 0.9,
    halfNoticedDeficit: 0.1,
    addsMissed: 0.7,
    removesExtra: 0.6,
    fixesNumbering: 0.5,
  };
  const levels = Array.from({ length: VERTEBRAE }, (_, i) => i + 1);
  const sum = (defects: Defects, pick: (correction: Correction) => number, which = skill): number => {
    const proposal = spoiltSpine(VERTEBRAE, defects);
    let total = 0;
    for (let seed = 0; seed < SEEDS; seed++) total += pick(correct(proposal, which, { truth, seed }));
    return total;
  };
  const shifted = (x: number, offset = 0): Defects => ({
    shift: Object.fromEntries(levels.map((i) => [i + offset, [x, 0] as const])),
  });

  it.each([
    // A block of 14 columns moved by k keeps 14 − k of them: deficit k/14; p = 0.8 · 0.9 · d² / (d² + 0.01).
    [1, 0.72 * ((1 / 14) ** 2 / ((1 / 14) ** 2 + 0.01))],
    [2, 0.72 * ((2 / 14) ** 2 / ((2 / 14) ** 2 + 0.01))],
  ])('vertebrae %i voxels off are redrawn as often as stated', (voxels, probability) => {
    expect(noticeProbability(skill, voxels / 14)).toBeCloseTo(probability, 12);
    expectRate(
      sum(shifted(voxels), ({ findings }) => findings.redrawn.length),
      SEEDS * VERTEBRAE,
      probability,
    );
  });

  it('missing discs are added and superfluous structures removed as often as stated', () => {
    const added = sum({ missing: levels.map((i) => 200 + i) }, ({ findings }) => findings.added.length);
    expectRate(added, SEEDS * VERTEBRAE, 0.8 * 0.7);
    expectRate(
      sum({ extra: 20 }, ({ findings }) => findings.removed.length),
      SEEDS,
      0.8 * 0.6,
    );
  });

  it('numberings are put right as often as stated', () => {
    expectRate(
      sum({ numberedOff: 1 }, ({ findings }) => Number(findings.renumbered)),
      SEEDS,
      0.8 * 0.5,
    );
  });

  it('give the anchoring back: the share of findings that it costs', () => {
    const noticed = ({ findings }: Correction): number => findings.noticed;
    const alone = sum(shifted(2), noticed, { ...skill, anchoring: 0 });
    const anchored = sum(shifted(2), noticed, { ...skill, anchoring: 0.35 });
    // Each of those found alone is let pass with probability 0.35, by the same draw.
    expectRate(alone - anchored, alone, 0.35);
  });
});

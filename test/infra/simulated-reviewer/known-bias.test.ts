import { expect, it } from 'vitest';
import { biasReport } from '../../../core/bias-report.ts';
import { departuresOf } from '../../../core/bias.ts';
import { STRUCTURE_CLASSES } from '../../../core/labels.ts';
import { correctProposal } from '../../../infra/simulated-reviewer/correction.ts';
import { Lots } from '../../../infra/simulated-reviewer/lots.ts';
import { biasedSkill } from '../../../infra/simulated-reviewer/skill.ts';
import { emptyMask, spoiltSpine, trueSpine } from './block-spine.ts';

const VERTEBRAE = 5;
const LABELS = [100, ...[1, 2, 3, 4, 5].flatMap((i) => [i, 200 + i])];

/** One simulated person corrects, another draws from nothing; every structure of every proposal lies one or two voxels off. */
it.each([0, 0.3, 0.6])('the bias meter finds a simulated reviewer of bias %s', (share) => {
  const truth = { mask: trueSpine(VERTEBRAE), annotatedClasses: STRUCTURE_CLASSES };
  const { grid } = truth.mask;
  const controls = Array.from({ length: 16 }, (_, i) => {
    const series = `${i + 1}_t2`;
    const place = new Lots(5, series, 1);
    const step = (about: string) =>
      (place.uniform(about) < 0.5 ? -1 : 1) * (place.uniform(`${about} far`) < 0.5 ? 1 : 2);
    const shift = Object.fromEntries(LABELS.map((label) => [label, [step(`x ${label}`), 0] as const]));
    const proposal = spoiltSpine(VERTEBRAE, { shift, missing: [], numberedOff: 0 });
    const read = (from: typeof proposal, bias: number, seed: number) =>
      correctProposal({ proposal: from, truth, grid, skill: biasedSkill(bias), lots: new Lots(seed, series, 1) }).mask;
    const corrected = read(proposal, share, 1);
    const blinded = read(emptyMask(grid), 0, 2);
    const digest = 'a'.repeat(64);
    return {
      ...{
        series,
        patient: `${i + 1}`,
        round: 1,
        modelDigest: null,
        correctedBy: 'simulated-ada',
        blindedBy: 'simulated-bob',
      },
      ...{ proposal: digest, corrected: digest, blinded: digest },
      departures: departuresOf(proposal, corrected, blinded, STRUCTURE_CLASSES),
    };
  });
  const all = biasReport(controls, { dataset: 'blocks' }).classes.find((each) => each.class === 'all')!;
  expect(all.everywhere.interval!.low).toBeLessThanOrEqual(share);
  expect(all.everywhere.interval!.high).toBeGreaterThanOrEqual(share);
  // An interval that says something.
  expect(all.everywhere.interval!.high - all.everywhere.interval!.low).toBeLessThan(0.35);
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { STRUCTURE_CLASSES } from '../../../core/labels.ts';
import { compareMasks, summarise, type StructureScore } from '../../../core/scores.ts';
import type { Mask } from '../../../core/volume.ts';
import { correctProposal } from '../../../infra/simulated-reviewer/correction.ts';
import { Lots } from '../../../infra/simulated-reviewer/lots.ts';
import {
  reviewMinutes,
  SKILL_PRESETS,
  type ReviewerSkill,
  type SkillPreset,
} from '../../../infra/simulated-reviewer/skill.ts';
import { structureErrors } from '../../../infra/simulated-reviewer/structure-errors.ts';
import { spoiltSpine, trueSpine, type Defects } from './block-spine.ts';

const SPINES = 60;
const VERTEBRAE = 6;
const TRUTH = trueSpine(VERTEBRAE);
const LABELS = [100, ...[1, 2, 3, 4, 5, 6].flatMap((i) => [i, 200 + i])];

/**
 * One spine in four has no error in shape; in the others each structure lies up to 2 voxels (3 mm) off along either axis. 5 % of
 * the structures are missing; one spine in five has a superfluous blob, one in seven is numbered one too high.
 */
function defectsOf(spine: number): Defects {
  const lots = new Lots(99, `${spine}_t2`, 0);
  const step = (about: string): number => Math.floor(5 * lots.uniform(about)) - 2;
  const shift = Object.fromEntries(LABELS.map((label) => [label, [step(`x ${label}`), step(`y ${label}`)] as const]));
  return {
    shift: spine % 4 === 0 ? {} : shift,
    missing: LABELS.filter((label) => lots.uniform(`missing ${label}`) < 0.05),
    ...(spine % 5 === 0 && { extra: 12 }),
    numberedOff: spine % 7 === 0 ? 1 : 0,
  };
}

interface Residual {
  dice: number;
  asdMm: number;
  missing: number;
  misnumbered: number;
  noticed: number;
  minutes: number;
}

function measure(
  review: (proposal: Mask, spine: number) => { mask: Mask; noticed: number; minutes: number },
): Residual {
  const scores: StructureScore[] = [];
  const sums = { errors: 0, noticed: 0, missing: 0, misnumbered: 0, minutes: 0 };
  for (let spine = 0; spine < SPINES; spine++) {
    const proposal = spoiltSpine(VERTEBRAE, defectsOf(spine));
    const { mask, noticed, minutes } = review(proposal, spine);
    const before = structureErrors(TRUTH.voxels, proposal.voxels, STRUCTURE_CLASSES);
    const left = structureErrors(TRUTH.voxels, mask.voxels, STRUCTURE_CLASSES);
    const shapes = before.pairs.filter(({ deficit }) => deficit > 0).length;
    sums.errors += shapes + before.missed.length + before.extra.length + Number(before.misnumbered);
    sums.noticed += noticed;
    sums.missing += left.missed.length + left.extra.length;
    sums.misnumbered += Number(left.misnumbered);
    sums.minutes += minutes;
    scores.push(...compareMasks(TRUTH, mask));
  }
  const detected = scores.flatMap(({ asdMm }) => (asdMm.defined ? [asdMm.value] : []));
  return {
    dice: summarise(scores).meanDice!,
    asdMm: detected.reduce((sum, value) => sum + value, 0) / detected.length,
    missing: sums.missing / SPINES,
    misnumbered: sums.misnumbered / SPINES,
    noticed: sums.noticed / sums.errors,
    minutes: sums.minutes / SPINES,
  };
}

function residualOf(skill: ReviewerSkill): Residual {
  return measure((proposal, spine) => {
    const lots = new Lots(7, `${spine}_t2`, 1);
    const truth = { mask: TRUTH, annotatedClasses: STRUCTURE_CLASSES };
    const { mask, findings } = correctProposal({ proposal, truth, grid: proposal.grid, skill, lots });
    const minutes = reviewMinutes(skill.time, findings, lots.normal('minutes'));
    return { mask, noticed: findings.noticed, minutes };
  });
}

/** What the border alone costs: everything is noticed and redrawn. */
function borderDice(preset: SkillPreset): number {
  const { borderSigmaVoxels } = SKILL_PRESETS[preset];
  return residualOf({ ...SKILL_PRESETS.perfect, borderSigmaVoxels }).dice;
}

function row(name: string, residual: Residual, redrawn = '–'): string {
  const { dice, asdMm, missing, misnumbered, noticed, minutes } = residual;
  const cells = [dice.toFixed(3), asdMm.toFixed(2), missing.toFixed(2), percent(misnumbered), percent(noticed)];
  return `| ${name} | ${cells.join(' | ')} | ${minutes.toFixed(1)} | ${redrawn} |`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

const DOC = readFileSync(new URL('../../../docs/simulated-reviewer.md', import.meta.url), 'utf8').replace(/ +/g, ' ');

describe('the error that a review leaves', () => {
  const proposals = measure((mask) => ({ mask, noticed: 0, minutes: 0 }));
  const presets = Object.keys(SKILL_PRESETS) as SkillPreset[];
  const residuals = presets.map((preset) => ({ preset, residual: residualOf(SKILL_PRESETS[preset]) }));

  it('is what the documentation states, to the digits shown', () => {
    expect(DOC).toContain(row('the proposals themselves', proposals));
    for (const { preset, residual } of residuals) {
      expect(DOC).toContain(row(`\`${preset}\``, residual, borderDice(preset).toFixed(3)));
    }
  });

  it('is none for the perfect reviewer and grows from careful to hurried, but stays below that of the proposals', () => {
    expect(residuals[0]!.residual).toMatchObject({ dice: 1, asdMm: 0, missing: 0, misnumbered: 0, noticed: 1 });
    const dice = [...residuals.map(({ residual }) => residual.dice), proposals.dice];
    expect([...dice].sort((a, b) => b - a)).toEqual(dice);
    expect(new Set(dice).size).toBe(5);
  });
});

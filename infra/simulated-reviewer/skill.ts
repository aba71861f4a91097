import { z } from 'zod';

/** How long a simulated review takes. Minutes of a person's work as they are reported, not time that passes. */
const TimeModel = z.object({
  /** Looking through a series, whatever comes of it. */
  readingMinutes: z.number().nonnegative(),
  /** For each structure redrawn, added or removed. */
  minutesPerStructure: z.number().nonnegative(),
  /** For each cm³ whose label changed. */
  minutesPerCm3: z.number().nonnegative(),
  /** For putting the numbering right, once. */
  renumberingMinutes: z.number().nonnegative(),
  /** Log-normal spread around the sum (standard deviation of its logarithm); the mean stays the sum. */
  spread: z.number().nonnegative().max(2),
});
export type TimeModel = z.infer<typeof TimeModel>;

const probability = z.number().min(0).max(1);

/** What a simulated reviewer can do, and how it errs; docs/simulated-reviewer.md explains the model. */
export const ReviewerSkill = z.object({
  /**
   * The share of errors that it would find in a mask of unknown origin but lets pass because the model drew them. Multiplies
   * every chance below by 1 − anchoring: 0 is no bias, 1 accepts whatever is proposed.
   */
  anchoring: probability,
  /** The chance to notice an error in a structure's shape, however gross. */
  vigilance: probability,
  /** The Dice deficit (1 − Dice to the truth) at which that chance has fallen to half of `vigilance`. 0: size doesn't matter. */
  halfNoticedDeficit: z.number().nonnegative().max(1),
  /** The chance to add a structure that is missing. */
  addsMissed: probability,
  /** The chance to remove a structure that isn't there. */
  removesExtra: probability,
  /** The chance to see that vertebrae or discs are numbered wrongly; then all are put right. */
  fixesNumbering: probability,
  /** How far a redrawn border strays from the truth: standard deviation, in voxels of the finest spacing. 0: not at all. */
  borderSigmaVoxels: z.number().nonnegative().max(5),
  time: TimeModel,
});
export type ReviewerSkill = z.infer<typeof ReviewerSkill>;

/** The chance to notice a shape error of this Dice deficit; 0 without a deficit. */
export function noticeProbability(skill: ReviewerSkill, deficit: number): number {
  if (deficit <= 0) return 0;
  const share = deficit ** 2 / (deficit ** 2 + skill.halfNoticedDeficit ** 2);
  return (1 - skill.anchoring) * skill.vigilance * share;
}

/** What was done to one proposal, as far as it takes time. */
export interface WorkDone {
  /** Structures redrawn, added or removed. */
  structures: number;
  changedCm3: number;
  renumbered: boolean;
}

/** Minutes that a review is said to have taken, to two decimals; at most a day. `normal`: a standard normal draw. */
export function reviewMinutes(time: TimeModel, work: WorkDone, normal: number): number {
  const sum =
    time.readingMinutes +
    time.minutesPerStructure * work.structures +
    time.minutesPerCm3 * work.changedCm3 +
    (work.renumbered ? time.renumberingMinutes : 0);
  const minutes = sum * Math.exp(time.spread * normal - time.spread ** 2 / 2);
  return Math.min(Math.round(minutes * 100) / 100, 24 * 60);
}

const TIME: TimeModel = {
  readingMinutes: 4,
  minutesPerStructure: 1.5,
  minutesPerCm3: 0.5,
  renumberingMinutes: 2,
  spread: 0.3,
};

/** Assumptions, not measurements of people. `perfect` leaves the truth behind, voxel for voxel. */
export const SKILL_PRESETS = {
  perfect: {
    anchoring: 0,
    vigilance: 1,
    halfNoticedDeficit: 0,
    addsMissed: 1,
    removesExtra: 1,
    fixesNumbering: 1,
    borderSigmaVoxels: 0,
    time: TIME,
  },
  careful: {
    anchoring: 0.05,
    vigilance: 0.98,
    halfNoticedDeficit: 0.03,
    addsMissed: 0.98,
    removesExtra: 0.98,
    fixesNumbering: 0.98,
    borderSigmaVoxels: 0.3,
    time: { ...TIME, readingMinutes: 6 },
  },
  typical: {
    anchoring: 0.15,
    vigilance: 0.95,
    halfNoticedDeficit: 0.06,
    addsMissed: 0.95,
    removesExtra: 0.9,
    fixesNumbering: 0.95,
    borderSigmaVoxels: 0.4,
    time: TIME,
  },
  hurried: {
    anchoring: 0.4,
    vigilance: 0.85,
    halfNoticedDeficit: 0.12,
    addsMissed: 0.8,
    removesExtra: 0.7,
    fixesNumbering: 0.8,
    borderSigmaVoxels: 0.6,
    time: { ...TIME, readingMinutes: 2, minutesPerStructure: 0.8 },
  },
} as const satisfies Record<string, ReviewerSkill>;
export type SkillPreset = keyof typeof SKILL_PRESETS;

/**
 * A reviewer of known bias: sees every error, leaves each with the chance `share`, and redraws the others with an unsteady hand. What it
 * corrects leans towards the model by that share (docs/bias.md), up to chance.
 */
export function biasedSkill(share: number, borderSigmaVoxels = 0.4): ReviewerSkill {
  return { ...SKILL_PRESETS.perfect, anchoring: share, borderSigmaVoxels };
}

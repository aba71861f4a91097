import { z } from 'zod';
import { STRUCTURE_CLASSES } from './labels.ts';
import { BiasReport } from './bias-report.ts';
import { DatasetName, Digest, ObjectRef, ReviewerName, SeriesId } from './ids.ts';
import { AuditReport } from './mask-audit.ts';
import { SkillRule } from './skill-rules.ts';
import { Preset, TrainingBudget } from './trainer-contract.ts';

/** What the campaign and its rounds carry: plain JSON, small, references instead of bytes. */

const Share = z.number().min(0).max(1);

/** Who reads what besides one reviewer a series. Shares are drawn by lot from the campaign's seed (core/review-draw.ts). */
export const ReviewPolicy = z.object({
  /** Share of proposals that somebody else draws from nothing as well: what the anchoring-bias meter is made of. */
  controlShare: Share,
  /** Share of proposals that two people read, neither knowing of the other; a third decides where they differ. */
  doubleReadShare: Share,
  /** Two reads agree when every structure of either has at least this Dice. */
  agreementDice: Share,
  /** Share of tasks that a senior reads as well, and the doubt from which every task is (null: none for its doubt). */
  secondReadShare: Share,
  secondReadDoubt: Share.nullable(),
  /** Share of masks that were accepted untouched, or in less than `quickMinutes`, that another person audits. */
  auditShare: Share,
  quickMinutes: z.number().nonnegative(),
  /** A task that nobody answers in so long is escalated, and is that person's then (null: anybody's). Null: never. */
  answerWithinMs: z.int().positive().nullable(),
  escalateTo: ReviewerName.nullable(),
  /** Skills that reviewers have to have. Absent: none. */
  skillRules: z.array(SkillRule).optional(),
});
export type ReviewPolicy = z.infer<typeof ReviewPolicy>;

/** How a campaign is run. Every duration is an input, so that a test can pass milliseconds. */
export const CampaignPolicy = z.object({
  /** At most so many rounds; the campaign also ends when every series has a reference or is excluded. */
  maxRounds: z.int().positive(),
  /** Patients proposed and reviewed per round; all series of a patient go together, so that no model has seen one of them. */
  patientsPerRound: z.int().positive().max(200),
  trainer: z.string(),
  preset: Preset,
  budget: TrainingBudget,
  seed: z.int().nonnegative(),
  /** Share of patients meant for validation (SPIDER: 39 of 218). */
  validationShare: z.number().gt(0).lt(1),
  /** A challenger serves when its mean validation Dice is at least the champion's minus this. */
  championTolerance: z.number().nonnegative(),
  /** Stop rule: the round's mean Dice between proposal and reference is at least this. Null: no such rule. */
  stopAtProposalDice: z.number().min(0).max(1).nullable(),
  leaseMs: z.int().positive(),
  /** Series segmented at the same time. */
  segmentWindow: z.int().positive().max(64),
  /** Absent: one reviewer a series, and no more. */
  review: ReviewPolicy.optional(),
});
export type CampaignPolicy = z.infer<typeof CampaignPolicy>;

export const CampaignInput = z.object({
  dataset: DatasetName,
  policy: CampaignPolicy,
  nextRound: z.int().positive(),
  /** The last round to run in this campaign's life; `round start` and `campaign start` move it. */
  paused: z.boolean(),
});
export type CampaignInput = z.infer<typeof CampaignInput>;

export const RoundInput = z.object({ dataset: DatasetName, round: z.int().positive(), policy: CampaignPolicy });
export type RoundInput = z.infer<typeof RoundInput>;

/** Scores of one structure class: how many structures, mean Dice (misses count 0), mean ASD over the structures found (null: none). */
export const ClassScore = z.object({
  count: z.int().nonnegative(),
  detected: z.int().nonnegative(),
  dice: z.number().nullable(),
  asdMm: z.number().nullable(),
});
export type ClassScore = z.infer<typeof ClassScore>;
const score = ClassScore;
export const Scores = z.object({ vertebra: score, disc: score, canal: score, meanDice: z.number().nullable() });
export type Scores = z.infer<typeof Scores>;
export const CLASSES = STRUCTURE_CLASSES;

/** A model evaluated on the validation patients of a version, none of whom it has seen. */
export const Evaluation = z.object({
  version: Digest,
  model: Digest,
  patients: z.int().nonnegative(),
  series: z.int().nonnegative(),
  scores: Scores,
  /** Per-series scores as a stored JSON object. */
  details: ObjectRef,
});
export type Evaluation = z.infer<typeof Evaluation>;

export const ChampionDecision = z.object({
  round: z.int().positive(),
  challenger: Digest,
  champion: Digest.nullable(),
  challengerDice: z.number().nullable(),
  championDice: z.number().nullable(),
  promoted: z.boolean(),
  reason: z.string(),
});
export type ChampionDecision = z.infer<typeof ChampionDecision>;

export const STAGES = [
  'propagate',
  'freeze',
  'train',
  'challenge',
  'choose',
  'segment',
  'review',
  'accept',
  'split',
  'version',
  'evaluate',
] as const;
export const Stage = z.enum(STAGES);
export type Stage = z.infer<typeof Stage>;

export const StageTime = z.object({ stage: Stage, seconds: z.number().nonnegative() });

export const RoundReport = z.object({
  round: z.int().positive(),
  propagated: z.int().nonnegative(),
  segmented: z.int().nonnegative(),
  reviewed: z.int().nonnegative(),
  accepted: z.int().nonnegative(),
  corrected: z.int().nonnegative(),
  excluded: z.int().nonnegative(),
  reviewMinutes: z.number().nonnegative(),
  /** Proposals against the references that review made of them. */
  proposalScores: Scores.nullable(),
  frozenVersion: Digest.nullable(),
  version: Digest.nullable(),
  model: Digest.nullable(),
  decision: ChampionDecision.nullable(),
  evaluation: Evaluation.nullable(),
  /** Why there is none, when the serving model has seen validation patients (a link of study numbers made in the round's course). */
  evaluationRefused: z.string().optional(),
  stages: z.array(StageTime),
  /** What this round's blinded controls and audits say; absent where there were none. */
  bias: BiasReport.optional(),
  audits: AuditReport.optional(),
  /** How it was run, and by which code; reports of the first days don't tell. */
  policy: CampaignPolicy.optional(),
  software: z.string().optional(),
  /** Series without a reference and not excluded, after this round. */
  remaining: z.int().nonnegative(),
  stop: z.string().nullable(),
});
export type RoundReport = z.infer<typeof RoundReport>;

/** What a running round answers to `roundStateQuery`. */
export const RoundState = z.object({
  round: z.int().positive(),
  stage: Stage.nullable(),
  /** Items done and expected in the present stage (series, tasks; training in per cent). */
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
  detail: z.string(),
  stages: z.array(StageTime),
  openTasks: z.array(z.object({ series: SeriesId, task: z.string() })),
});
export type RoundState = z.infer<typeof RoundState>;

export const CampaignState = z.object({
  dataset: DatasetName,
  policy: CampaignPolicy,
  round: z.int().nonnegative(),
  paused: z.boolean(),
  status: z.enum(['running', 'paused', 'waiting', 'finished']),
  stop: z.string().nullable(),
});
export type CampaignState = z.infer<typeof CampaignState>;

import type { CampaignPolicy, ReviewPolicy } from '../core/loop.ts';

const MINUTE_MS = 60_000;

/**
 * One reviewer a series, and no more, but for what a policy says otherwise. Reads agree at the Dice that two careful people reach on a
 * vertebra; a mask corrected in two minutes was hardly looked at.
 */
export const PLAIN_REVIEW: ReviewPolicy = {
  controlShare: 0,
  doubleReadShare: 0,
  agreementDice: 0.85,
  secondReadShare: 0,
  secondReadDoubt: null,
  auditShare: 0,
  quickMinutes: 2,
  answerWithinMs: null,
  escalateTo: null,
};

/**
 * How a campaign runs unless told otherwise. 20 patients are a reviewing week of two people at the paper's pace; training may
 * take half an hour a round; SPIDER's 39 of 218 patients validate; a challenger may be 0.005 mean Dice below the champion, which
 * is within the noise of a validation set of that size; corrections that leave a mean Dice of 0.97 aren't worth a round.
 */
export const DEFAULT_POLICY: CampaignPolicy = {
  maxRounds: 10,
  patientsPerRound: 20,
  trainer: 'iis',
  preset: 'compact',
  budget: { seconds: 30 * 60, steps: null },
  seed: 1,
  validationShare: 0.18,
  championTolerance: 0.005,
  stopAtProposalDice: 0.97,
  leaseMs: 30 * MINUTE_MS,
  segmentWindow: 4,
};

/** Three small rounds on two cores. 60 s of training left the first model with nothing found on phantoms (docs/log.md). */
export const DEMO_POLICY: CampaignPolicy = {
  maxRounds: 3,
  patientsPerRound: 4,
  trainer: 'iis',
  preset: 'demo',
  budget: { seconds: 100, steps: null },
  seed: 1,
  validationShare: 0.2,
  championTolerance: 0.01,
  stopAtProposalDice: null,
  leaseMs: 10 * MINUTE_MS,
  segmentWindow: 2,
  // Two or three controls a round, and a few audits, so that both reports have something to say.
  review: { ...PLAIN_REVIEW, controlShare: 0.3, auditShare: 0.3, quickMinutes: 8 },
};

export const POLICIES = { default: DEFAULT_POLICY, demo: DEMO_POLICY } as const;
export type PolicyName = keyof typeof POLICIES;

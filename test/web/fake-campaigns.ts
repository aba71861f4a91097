import type { CampaignPolicy, CampaignState, RoundReport, RoundState, Scores } from '../../core/loop.ts';
import type { CampaignReader } from '../../web/campaign-reader.ts';

const policy: CampaignPolicy = {
  maxRounds: 3,
  patientsPerRound: 4,
  trainer: 'iis',
  preset: 'demo',
  budget: { seconds: 90, steps: null },
  seed: 7,
  validationShare: 0.18,
  championTolerance: 0.005,
  stopAtProposalDice: 0.97,
  leaseMs: 600_000,
  segmentWindow: 4,
};

function scores(dice: number): Scores {
  const score = (value: number) => ({ count: 20, detected: 19, dice: value, asdMm: 1.1 });
  return { vertebra: score(dice + 0.02), disc: score(dice - 0.06), canal: score(dice + 0.04), meanDice: dice };
}

function report(round: number, dice: number, promoted: boolean): RoundReport {
  const digest = String(round).repeat(64);
  return {
    round,
    propagated: round === 1 ? 8 : 0,
    segmented: 12,
    reviewed: 12,
    accepted: 4 + round,
    corrected: 8 - round,
    excluded: 0,
    reviewMinutes: 61.5 - 9 * round,
    proposalScores: scores(dice),
    frozenVersion: digest,
    version: digest,
    model: digest,
    decision: {
      round,
      challenger: digest,
      champion: round === 1 ? null : '1'.repeat(64),
      challengerDice: round === 1 ? null : dice,
      championDice: round === 1 ? null : 0.74,
      promoted,
      reason: promoted ? 'no model served before' : "mean Dice 0.7300 is below the champion's 0.7400 minus 0.005",
    },
    evaluation: {
      version: digest,
      model: digest,
      patients: 3,
      series: 8,
      scores: scores(dice),
      details: { digest, bytes: 9 },
    },
    stages: [
      { stage: 'train', seconds: 92.4 },
      { stage: 'segment', seconds: 31 },
      { stage: 'review', seconds: 14.2 },
    ],
    remaining: 24 - 8 * round,
    stop: null,
  };
}

/** One dataset, "phantom", two rounds done and the third in review; another without a campaign. */
export const fakeCampaigns: CampaignReader = {
  datasets: async () => ['phantom', 'quiet'],
  state: async (dataset): Promise<CampaignState | null> =>
    dataset === 'phantom' ? { dataset, policy, round: 3, paused: false, status: 'running', stop: null } : null,
  reports: async (dataset) => (dataset === 'phantom' ? [report(1, 0.71, true), report(2, 0.73, false)] : []),
  round: async (dataset): Promise<RoundState | null> =>
    dataset === 'phantom'
      ? {
          round: 3,
          stage: 'review',
          done: 5,
          total: 12,
          detail: '5 of 12 tasks answered',
          stages: [
            { stage: 'train', seconds: 90.1 },
            { stage: 'segment', seconds: 28.5 },
          ],
          openTasks: [{ series: '12_t2', task: 'phantom/3/12_t2' }],
        }
      : null,
};

import type { CampaignPolicy, CampaignState, RoundReport, RoundState, Scores } from '../../core/loop.ts';
import type { BiasControl } from '../../core/bias.ts';
import { structureClass } from '../../core/labels.ts';
import type { MaskAudit } from '../../core/mask-audit.ts';
import type { CampaignReader, ReviewFindings } from '../../web/campaign-reader.ts';

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

function control(round: number, patient: string, disc: number, discBeyond: number): BiasControl {
  const digest = patient.repeat(64);
  const of = (name: 'vertebra' | 'disc', toleranceMm: number, correctedMm3: number, blindedMm3: number) => ({
    class: name,
    toleranceMm,
    correctedMm3,
    blindedMm3,
  });
  return {
    ...{ series: `${patient}_t2`, patient, round, modelDigest: digest, proposal: digest },
    ...{ corrected: digest, blinded: digest, correctedBy: 'ann', blindedBy: 'bob' },
    departures: [of('vertebra', 0, 75, 100), of('disc', 0, disc, 100), of('disc', 1, discBeyond, 20)],
  };
}

function audit(round: number, patient: string, dice: Record<number, number>): MaskAudit {
  const digest = patient.repeat(64);
  return {
    ...{ series: `${patient}_t1`, patient, round, reason: 'untouched', reviewer: 'ann', auditor: 'cem' },
    ...{ accepted: digest, audited: digest },
    structures: Object.entries(dice).map(([label, value]) => ({
      class: structureClass(Number(label))!,
      accepted: Number(label),
      audited: Number(label),
      dice: value,
    })),
  };
}

/** A control and an audit in either of two rounds. Over both, discs lean by 1 − (30 + 50) / 200 = 0.6, vertebrae by 0.25; one of two discs is wrong. */
const FINDINGS: ReviewFindings = {
  controls: [control(1, '1', 30, 10), control(2, '2', 50, 10)],
  audits: [audit(1, '3', { 1: 1, 2: 0.95, 201: 0.8 }), audit(2, '4', { 1: 1, 201: 1, 100: 0.99 })],
};

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
  findings: async (dataset) => (dataset === 'phantom' ? FINDINGS : { controls: [], audits: [] }),
};

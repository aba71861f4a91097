import { cpus, totalmem } from 'node:os';
import { asMask, decodeMha } from '../../adapters/volume.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import type { TaskService } from '../../client/tasks.ts';
import type { BiasReport } from '../../core/bias-report.ts';
import type { DatasetName, Digest } from '../../core/ids.ts';
import type { RoundReport, Scores } from '../../core/loop.ts';
import type { AuditReport } from '../../core/mask-audit.ts';
import { compareMasks, summarise, type StructureScore } from '../../core/scores.ts';
import type { FirstModel } from './first-model.ts';
import type { TruthSource } from '../../infra/simulated-reviewer/truth.ts';

/** One round in `report.json`. */
export interface DemoRound {
  round: number;
  segmented: number;
  reviewed: number;
  accepted: number;
  corrected: number;
  excluded: number;
  /** Minutes that the simulated reviewers' time model states; nobody worked them. */
  simulatedReviewMinutes: number;
  /** Proposals before review, against the truth, by the `spider` protocol. */
  proposalsAgainstTruth: Scores | null;
  /** The serving model on the validation patients of the round's version, none of whom it has seen. */
  validation: { patients: number; series: number; scores: Scores } | null;
  model: Digest | null;
  version: Digest | null;
  frozenVersion: Digest | null;
  championDecision: RoundReport['decision'];
  stageSeconds: Record<string, number>;
}

export interface DemoReport {
  schema: 'spindle.demo-report/1';
  cohort: string;
  reviewers: string;
  /** What made the first proposals, if it was not trained in round 1; null too in a demo that went on. */
  firstModel: FirstModel | null;
  machine: { cpu: string; cores: number; memoryGiB: number; node: string };
  rounds: DemoRound[];
  /** Whether the last round's proposals are better than the first's (mean Dice against the truth). */
  proposalsImproved: boolean | null;
  /** How far corrections lean towards the model, and what review lets pass; of all rounds. */
  bias: BiasReport;
  audits: AuditReport;
  /** Why the campaign ended. */
  stop: string | null;
  /** From the first command to the end of the last round; an interrupted demo counts its last run only. */
  wallSeconds: number;
}

/** Measures the proposals of a round against the truth; null where none is known. */
export async function scoreProposals(
  deps: { tasks: TaskService; store: ObjectStore },
  dataset: DatasetName,
  round: number,
  truthOf: TruthSource,
): Promise<Scores | null> {
  const scores: StructureScore[] = [];
  for (const { task, series, kind } of await deps.tasks.list({ dataset, round })) {
    const truth = kind === 'proposal' ? await truthOf(series) : null;
    if (!truth) continue;
    const { proposal } = await deps.tasks.show(task);
    const mask = asMask(await decodeMha(await deps.store.getObject(proposal.digest), series), series);
    const onGrid = { ...truth.mask, grid: mask.grid };
    scores.push(...compareMasks(onGrid, mask, { classes: truth.annotatedClasses }));
  }
  return scores.length === 0 ? null : summarise(scores);
}

export function demoRound(report: RoundReport, proposalsAgainstTruth: Scores | null): DemoRound {
  const { round, segmented, reviewed, accepted, corrected, excluded, evaluation, stages } = report;
  return {
    round,
    segmented,
    reviewed,
    accepted,
    corrected,
    excluded,
    simulatedReviewMinutes: report.reviewMinutes,
    proposalsAgainstTruth,
    validation: evaluation && {
      patients: evaluation.patients,
      series: evaluation.series,
      scores: evaluation.scores,
    },
    model: report.model,
    version: report.version,
    frozenVersion: report.frozenVersion,
    championDecision: report.decision,
    stageSeconds: Object.fromEntries(stages.map(({ stage, seconds }) => [stage, seconds])),
  };
}

/** Null when a round has no measured proposals. */
export function improved(rounds: readonly DemoRound[]): boolean | null {
  const dice = [rounds[0], rounds.at(-1)].map((round) => round?.proposalsAgainstTruth?.meanDice ?? null);
  const [first, last] = dice;
  return rounds.length < 2 || typeof first !== 'number' || typeof last !== 'number' ? null : last > first;
}

export function machine(): DemoReport['machine'] {
  const [first] = cpus();
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

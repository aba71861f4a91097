import { condition, executeChild, setHandler } from '@temporalio/workflow';
import { workflowId, type Digest } from '../core/ids.ts';
import type { ChampionDecision, Evaluation, RoundInput, RoundReport, RoundState, Stage } from '../core/loop.ts';
import { decideChampion, type ModelRecord } from '../core/models.ts';
import { ledger } from './activities.ts';
import { evaluateModel } from './evaluate-model.ts';
import { pauseSignal, resumeSignal, roundStateQuery } from './messages.ts';
import { leakOf } from './leak-of.ts';
import { publishVersion } from './publish-version.ts';
import { proposeAndReview, propagateAndReview, type Reviewed } from './review-stage.ts';
import { trainModel } from './train-model.ts';

/**
 * One turn of the loop:
 * propagate → freeze → train → challenge → choose → segment → review → accept → split → version → evaluate.
 */
export async function round(input: RoundInput): Promise<RoundReport> {
  const progress = new RoundProgress(input);

  const propagated = await propagateAndReview(input, progress);
  const frozenVersion = await progress.during('freeze', 1, () => publish(input, 'freeze'));
  const challenger = await progress.during('train', 1, () => train(input, frozenVersion));
  const decision = await progress.during('challenge', 1, () => challenge(input, challenger));
  const serving = decision.promoted ? decision.challenger : (decision.champion ?? decision.challenger);
  const proposed = await proposeAndReview(input, serving, progress);
  const version = await progress.during('version', 1, () => publish(input, 'round'));
  const evaluated = await progress.during('evaluate', 1, () => evaluate(input, version ?? frozenVersion, serving));

  const report = {
    ...totals(propagated, proposed),
    round: input.round,
    frozenVersion,
    version,
    model: serving,
    decision,
    ...evaluated,
    proposalScores: proposed.scores,
    stages: progress.stages,
  };
  return ledger.recordRound({ dataset: input.dataset, policy: input.policy, report });
}

function totals(propagated: Reviewed, proposed: Reviewed) {
  return {
    propagated: propagated.shown,
    segmented: proposed.shown,
    reviewed: propagated.shown + proposed.shown,
    accepted: propagated.accepted + proposed.accepted,
    corrected: propagated.corrected + proposed.corrected,
    excluded: propagated.excluded + proposed.excluded,
    reviewMinutes: propagated.minutes + proposed.minutes,
  };
}

async function publish(input: RoundInput, stage: 'freeze' | 'round'): Promise<Digest | null> {
  const { dataset, round, policy } = input;
  return executeChild(publishVersion, {
    workflowId: workflowId.publish(dataset, round, stage),
    args: [{ dataset, round, stage, validationShare: policy.validationShare, seed: policy.seed }],
  });
}

async function train(input: RoundInput, version: Digest | null): Promise<ModelRecord> {
  const { dataset, round, policy } = input;
  const frozen = version ?? (await ledger.refuseWithoutReferences({ dataset }));
  return executeChild(trainModel, {
    workflowId: workflowId.train(dataset, round),
    args: [{ dataset, round, version: frozen, policy }],
  });
}

/**
 * Champion and challenger on the same frozen validation set; the decision is recorded whichever way it goes. One that has seen somebody
 * of that set, by a re-split or a link of study numbers, can't be judged.
 */
async function challenge(input: RoundInput, challenger: ModelRecord): Promise<ChampionDecision> {
  const { dataset, round, policy } = input;
  const champion = await ledger.servingModel({ dataset });
  const judged = await judgedOn(input, challenger.version, challenger.model);
  const before = champion === null ? null : await judgedOn(input, challenger.version, champion);
  const decision = decideChampion({
    round,
    challenger: challenger.model,
    challengerDice: judged.evaluation?.scores.meanDice ?? null,
    challengerLeaks: judged.evaluationRefused,
    champion,
    championDice: before?.evaluation?.scores.meanDice ?? null,
    championLeaks: before?.evaluationRefused,
    tolerance: policy.championTolerance,
  });
  return ledger.recordDecision({ dataset, decision });
}

type Judged = Pick<RoundReport, 'evaluation' | 'evaluationRefused'>;

async function evaluate(input: RoundInput, version: Digest | null, model: Digest): Promise<Judged> {
  return version === null ? { evaluation: null } : judgedOn(input, version, model);
}

/** An evaluation, or why the model may not be judged on the version. */
async function judgedOn(input: RoundInput, version: Digest, model: Digest): Promise<Judged> {
  try {
    return { evaluation: await evaluateOn(input, version, model) };
  } catch (error) {
    const leak = leakOf(error);
    if (leak === null) throw error;
    return { evaluation: null, evaluationRefused: leak };
  }
}

async function evaluateOn(input: RoundInput, version: Digest, model: Digest): Promise<Evaluation> {
  const { dataset, round, policy } = input;
  return executeChild(evaluateModel, {
    workflowId: workflowId.evaluate(dataset, round, version, model),
    args: [{ dataset, version, model, window: policy.segmentWindow }],
  });
}

/** Where the round is, what it has spent, and whether it may go on; answers `roundStateQuery`. */
export class RoundProgress {
  readonly stages: RoundState['stages'] = [];
  private stage: Stage | null = null;
  private done = 0;
  private total = 0;
  private openTasks: RoundState['openTasks'] = [];
  private paused = false;

  constructor(private readonly input: RoundInput) {
    setHandler(roundStateQuery, () => this.state());
    setHandler(pauseSignal, () => void (this.paused = true));
    setHandler(resumeSignal, () => void (this.paused = false));
  }

  /** Runs one stage: waits while the campaign is paused, counts items, keeps the wall time. */
  async during<T>(stage: Stage, total: number, work: () => Promise<T>): Promise<T> {
    await condition(() => !this.paused);
    Object.assign(this, { stage, total, done: 0 });
    const begun = Date.now();
    const result = await work();
    this.stages.push({ stage, seconds: (Date.now() - begun) / 1000 });
    this.done = this.total;
    return result;
  }

  tick(): void {
    this.done += 1;
  }

  open(task: { series: string; task: string }): void {
    this.openTasks.push(task);
  }

  close(task: string): void {
    this.openTasks = this.openTasks.filter((open) => open.task !== task);
  }

  private state(): RoundState {
    const { stage, done, total, stages, openTasks } = this;
    const detail = this.paused ? 'paused' : '';
    return { round: this.input.round, stage, done, total, detail, stages, openTasks };
  }
}

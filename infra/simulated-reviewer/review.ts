import { asMask, decodeMha, encodeMha } from '../../adapters/volume.ts';
import { resampleToGrid } from '../../adapters/resample.ts';
import { refusals, type GateResult } from '../../core/gate-result.ts';
import type { Grid } from '../../core/geometry.ts';
import { parseTaskId, type TaskId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { STRUCTURE_CLASSES } from '../../core/labels.ts';
import { parseMhaHeader } from '../../core/mha.ts';
import { sameGrid } from '../../core/orientation.ts';
import type { SubmitResult, TaskView, Verdict } from '../../core/review.ts';
import type { Mask } from '../../core/volume.ts';
import { correctProposal, type Correction, type Findings, type Truth } from './correction.ts';
import { Lots } from './lots.ts';
import { reviewMinutes, type ReviewerSkill } from './skill.ts';
import { ApiRefusalError, type TaskApi } from './task-api.ts';

/** Who reviews. */
export interface SimulatedPerson {
  name: string;
  skill: ReviewerSkill;
  seed: number;
}

/** It never sends anything back: it is no senior. */
type OwnVerdict = Exclude<Verdict, { verdict: 'send-back' }>;

/** What a reviewer's own verdict can come to, unless the gates refuse it. */
export type TakenOutcome = Exclude<SubmitResult['outcome'], 'refused' | 'sent-back'>;

/** One review as it was submitted and taken. */
export interface SimulatedReview {
  task: TaskId;
  kind: TaskView['kind'];
  verdict: OwnVerdict['verdict'];
  /** `second-read`: it passed the gates and waits for a senior. */
  outcome: TakenOutcome;
  minutes: number;
  findings: Findings;
}

/** How often a verdict may be refused before the series is excluded. */
const MOST_REFUSALS = 3;
const TAKEN = [404, 409];

/**
 * Reviews one task: claims it, looks at image and proposal, corrects towards the truth as far as the skill goes, submits.
 * null when somebody else has the task, or had it in the end: nothing was submitted then.
 * Throws InvalidInputError when the proposal isn't on the image's grid, and what TaskApi throws.
 */
export async function reviewTask(
  api: TaskApi,
  task: TaskId,
  truth: Truth,
  person: SimulatedPerson,
): Promise<SimulatedReview | null> {
  try {
    const view = await api.claim(task, person.name);
    return await new Review(api, view, person).run(truth);
  } catch (error) {
    if (error instanceof ApiRefusalError && TAKEN.includes(error.status)) return null;
    throw error;
  }
}

class Review {
  private readonly api: TaskApi;
  private readonly view: TaskView;
  private readonly person: SimulatedPerson;
  private readonly lots: Lots;

  constructor(api: TaskApi, view: TaskView, person: SimulatedPerson) {
    this.api = api;
    this.view = view;
    this.person = person;
    const { series, round } = parseTaskId(view.task);
    this.lots = new Lots(person.seed, series, round);
  }

  async run(given: Truth): Promise<SimulatedReview> {
    const { task, image, proposal } = this.view;
    const grid = parseMhaHeader(await this.api.volume(task, 'image', image.digest), 'image').grid;
    const proposed = asMask(await decodeMha(await this.api.volume(task, 'proposal', proposal.digest), task), task);
    const grids = sameGrid(grid, proposed.grid);
    if (!grids.same) throw new InvalidInputError(`proposal of ${task}`, grids.field, grids.expected, grids.got);
    const truth = await onGrid(given, grid);

    const correct = (skill: ReviewerSkill): Correction =>
      correctProposal({ proposal: proposed, truth, grid, skill, lots: this.lots });
    const { skill } = this.person;
    let correction = correct(this.view.kind === 'blind' ? drawing(skill) : skill);
    let verdict = await this.verdictOn(correction, truth);
    let refused: GateResult[] = [];
    for (let tries = 0; tries < MOST_REFUSALS; tries++) {
      const result = await this.submit(verdict, correction.findings);
      if (isTaken(result.outcome)) return this.done(verdict, result.outcome, correction.findings);
      refused = refusals(result.gates);
      if (refused.some(({ gate }) => gate === 'not-empty')) correction = correct(drawing(skill));
      correction = without(
        correction,
        refused.flatMap(({ labels }) => labels),
      );
      verdict = await this.upload(correction.mask, truth);
    }
    verdict = {
      verdict: 'exclude',
      reason: `simulated review: refused by ${refused.map(({ gate }) => gate).join(', ')}`,
    };
    await this.submit(verdict, correction.findings);
    return this.done(verdict, 'excluded', correction.findings);
  }

  /**
   * `accept` when nothing was changed and all classes are answered for; an accept speaks for all three, so a reviewer who knows
   * fewer hands in the same mask with the classes it answers for.
   */
  private async verdictOn({ mask, findings }: Correction, truth: Truth): Promise<OwnVerdict> {
    const all = STRUCTURE_CLASSES.every((name) => truth.annotatedClasses.includes(name));
    return all && findings.voxelsChanged === 0 ? { verdict: 'accept' } : this.upload(mask, truth);
  }

  private async upload(mask: Mask, { annotatedClasses }: Truth): Promise<OwnVerdict> {
    const upload = await this.api.putCorrection(this.view.task, await encodeMha(mask));
    const classes = STRUCTURE_CLASSES.filter((name) => annotatedClasses.includes(name));
    const partly = classes.length < STRUCTURE_CLASSES.length;
    return { verdict: 'correct', upload, ...(partly && { annotatedClasses: classes }) };
  }

  /** Renews the claim first: it may have lapsed while the API was away. */
  private async submit(verdict: Verdict, findings: Findings): Promise<SubmitResult> {
    const { task, proposal } = this.view;
    await this.api.claim(task, this.person.name);
    try {
      const request = {
        reviewer: this.person.name,
        baseDigest: proposal.digest,
        verdict,
        minutes: this.minutes(findings),
      };
      return await this.api.submit(task, request);
    } catch (error) {
      if (!(error instanceof ApiRefusalError) || error.status !== 409) throw error;
      // Sent before a fault, taken, and its answer lost: then the task has ended under this reviewer's name.
      const { state, reviewer, lastGates } = await this.api.show(task);
      if (reviewer !== this.person.name || (state !== 'accepted' && state !== 'excluded')) throw error;
      return { outcome: state, gates: lastGates };
    }
  }

  private minutes(findings: Findings): number {
    return reviewMinutes(this.person.skill.time, findings, this.lots.normal('minutes'));
  }

  private done({ verdict }: OwnVerdict, outcome: SimulatedReview['outcome'], findings: Findings): SimulatedReview {
    const { task, kind } = this.view;
    return { task, kind, verdict, outcome, minutes: this.minutes(findings), findings };
  }
}

function isTaken(outcome: SubmitResult['outcome']): outcome is TakenOutcome {
  return outcome !== 'refused' && outcome !== 'sent-back';
}

/** With nothing to lean on, and when told that the mask is empty, any reviewer sees what is missing. */
function drawing(skill: ReviewerSkill): ReviewerSkill {
  return { ...skill, anchoring: 0, addsMissed: 1 };
}

function without(correction: Correction, labels: readonly number[]): Correction {
  if (labels.length === 0) return correction;
  const { mask } = correction;
  return { ...correction, mask: { ...mask, voxels: mask.voxels.map((label) => (labels.includes(label) ? 0 : label)) } };
}

/** The truth on the image's grid: as it is when it lies there already, else by nearest neighbour. */
async function onGrid(truth: Truth, grid: Grid): Promise<Truth> {
  if (sameGrid(grid, truth.mask.grid).same) return truth;
  return { ...truth, mask: asMask(await resampleToGrid(truth.mask, grid, 'nearest'), 'truth') };
}

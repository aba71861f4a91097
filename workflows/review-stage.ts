import { executeChild, startChild } from '@temporalio/workflow';
import { taskId, workflowId, type Digest } from '../core/ids.ts';
import type { RoundInput, Scores } from '../core/loop.ts';
import type { Propagation, SegmentationPlan } from '../core/plans.ts';
import type { ReviewInput, ReviewOutcome } from '../core/review.ts';
import { summarise } from '../core/scores.ts';
import type { Proposal } from '../core/segmentation.ts';
import { imaging, ledger } from './activities.ts';
import { reviewTask } from './review-task.ts';
import type { RoundProgress } from './round.ts';
import { segmentSeries } from './segment-series.ts';
import { inWindow } from './window.ts';

/** What a stage of human work came to. `scores`: proposals against the references made of them; null where none. */
export interface Reviewed {
  shown: number;
  accepted: number;
  corrected: number;
  excluded: number;
  minutes: number;
  scores: Scores | null;
}

type ToReview = Pick<
  ReviewInput,
  'series' | 'kind' | 'image' | 'proposal' | 'modelDigest' | 'doubt' | 'structures' | 'gates'
>;

/** Carries SPACE masks over to the same patient's T1 and T2 and has each checked for misalignment. */
export async function propagateAndReview(input: RoundInput, progress: RoundProgress): Promise<Reviewed> {
  const { dataset, policy } = input;
  const plan = await ledger.planPropagation({ dataset });
  const carried = await progress.during('propagate', plan.length, async () => {
    const shown = await inWindow(plan, policy.segmentWindow, async (item: Propagation): Promise<ToReview> => {
      const proposal = await imaging.propagateMask(item);
      progress.tick();
      return toReview(item, 'misalignment', proposal, null);
    });
    return reviewAll(input, shown, progress);
  });
  await ledger.acceptOutcomes({ dataset, round: input.round, outcomes: carried });
  return summary(carried, null);
}

/** Proposes masks for the next patients with the serving model, has them reviewed, and takes the corrections in. */
export async function proposeAndReview(input: RoundInput, model: Digest, progress: RoundProgress): Promise<Reviewed> {
  const { dataset, policy } = input;
  const plan = await progress.during('choose', 1, () =>
    ledger.planSegmentation({ dataset, patients: policy.patientsPerRound, model }),
  );
  const shown = await progress.during('segment', plan.items.length, () =>
    inWindow(plan.items, policy.segmentWindow, async (item: SegmentationPlan) => {
      const proposal = await executeChild(segmentSeries, {
        workflowId: workflowId.segment(dataset, input.round, item.series),
        args: [item, plan.model],
      });
      progress.tick();
      return toReview(item, 'proposal', proposal, model);
    }),
  );
  const outcomes = await progress.during('review', shown.length, () => reviewAll(input, shown, progress));
  await progress.during('accept', outcomes.length, () =>
    ledger.acceptOutcomes({ dataset, round: input.round, outcomes }),
  );
  return summary(outcomes, await scoreProposals(input, shown, outcomes));
}

/** Opens all tasks at once, the most doubtful first, and waits until people have settled every one. */
async function reviewAll(input: RoundInput, shown: ToReview[], progress: RoundProgress): Promise<ReviewOutcome[]> {
  const order = [...shown].sort((a, b) => b.doubt - a.doubt);
  return Promise.all(
    order.map(async (item) => {
      const task = taskId(input.dataset, input.round, item.series);
      const opened = await startChild(reviewTask, {
        workflowId: workflowId.review(task),
        args: [{ ...item, task, round: input.round, leaseMs: input.policy.leaseMs }],
      });
      progress.open({ series: item.series, task });
      const outcome = await opened.result();
      progress.close(task);
      progress.tick();
      return outcome;
    }),
  );
}

async function scoreProposals(input: RoundInput, shown: ToReview[], outcomes: ReviewOutcome[]): Promise<Scores | null> {
  const proposalOf = new Map(shown.map((item) => [item.series, item.proposal]));
  const pairs = outcomes.flatMap((outcome) => {
    const proposal = proposalOf.get(outcome.series);
    return outcome.outcome === 'accepted' && proposal ? [{ reference: outcome.reference, proposal }] : [];
  });
  if (pairs.length === 0) return null;
  const scores = await inWindow(pairs, input.policy.segmentWindow, ({ reference, proposal }) =>
    imaging.scoreMask({
      reference: reference.mask,
      prediction: proposal,
      annotatedClasses: reference.annotatedClasses,
    }),
  );
  return summarise(scores.flat());
}

function toReview(
  item: SegmentationPlan,
  kind: ReviewInput['kind'],
  proposal: Proposal | Omit<Proposal, 'modelDigest'>,
  modelDigest: Digest | null,
): ToReview {
  const { mask, doubt, structures, gates } = proposal;
  return { series: item.series, kind, image: item.image, proposal: mask, modelDigest, doubt, structures, gates };
}

function summary(outcomes: ReviewOutcome[], scores: Scores | null): Reviewed {
  const references = outcomes.flatMap((outcome) => (outcome.outcome === 'accepted' ? [outcome.reference] : []));
  return {
    shown: outcomes.length,
    accepted: references.filter((reference) => reference.origin === 'accepted').length,
    corrected: references.filter((reference) => reference.origin === 'corrected').length,
    excluded: outcomes.length - references.length,
    minutes: references.reduce((sum, reference) => sum + reference.minutes, 0),
    scores,
  };
}

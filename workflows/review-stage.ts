import { executeChild, patched } from '@temporalio/workflow';
import { workflowId, type DatasetName, type Digest } from '../core/ids.ts';
import type { RoundInput, Scores } from '../core/loop.ts';
import type { Propagation, SegmentationPlan } from '../core/plans.ts';
import { drawReadings } from '../core/review-draw.ts';
import type { ReviewInput, ReviewOutcome } from '../core/review.ts';
import { summarise } from '../core/scores.ts';
import type { Proposal } from '../core/segmentation.ts';
import { predictedMinutes } from '../core/task-minutes.ts';
import { imaging, ledger } from './activities.ts';
import { settleSeries, type KnownSeries, type SettledSeries, type ToRead } from './review-series.ts';
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

/** Carries SPACE masks over to the same patient's T1 and T2 and has each checked for misalignment. */
export async function propagateAndReview(input: RoundInput, progress: RoundProgress): Promise<Reviewed> {
  const { dataset, policy } = input;
  const plan = await ledger.planPropagation({ dataset });
  const carried = await progress.during('propagate', plan.length, async () => {
    const shown = await inWindow(plan, policy.segmentWindow, async (item: Propagation): Promise<ToRead> => {
      const proposal = await imaging.propagateMask(item);
      progress.tick();
      return toReview(item, 'misalignment', proposal, null);
    });
    return reviewAll(input, shown, progress);
  });
  await accept(input, carried);
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
  const settled = await progress.during('review', shown.length, () => reviewAll(input, shown, progress));
  await progress.during('accept', settled.length, () => accept(input, settled));
  return summary(settled, await scoreProposals(input, shown, outcomesOf(settled)));
}

/** Opens all tasks at once, the most doubtful first, and waits until people have settled every one. */
async function reviewAll(input: RoundInput, shown: ToRead[], progress: RoundProgress): Promise<SettledSeries[]> {
  const order = [...shown].sort((a, b) => b.doubt - a.doubt);
  const known: KnownSeries[] =
    order.length > 0 && patched('plans-its-reviews') ? await withFacts(input.dataset, order) : order;
  const { review, seed } = input.policy;
  const drawable = known.flatMap(({ kind, series }) => (kind === 'proposal' ? [series] : []));
  const readings = drawReadings(
    drawable,
    { seed, round: input.round },
    review ?? { controlShare: 0, doubleReadShare: 0 },
  );
  return Promise.all(
    known.map(async (item) => {
      const settled = await settleSeries(input, item, readings.get(item.series) ?? 'single', progress);
      progress.tick();
      return settled;
    }),
  );
}

/** What lists and comments want to know of a series, and how long it will take by past tasks. */
async function withFacts(dataset: DatasetName, items: ToRead[]): Promise<KnownSeries[]> {
  const plan = await ledger.planReview({ dataset, series: items.map(({ series }) => series) });
  const facts = new Map(plan.series.map((entry) => [entry.series, entry]));
  return items.map((item) => {
    const expectedMinutes = predictedMinutes(plan.minutes.shown, item.structures);
    const blindMinutes = predictedMinutes(plan.minutes.blind, []);
    return {
      ...item,
      ...facts.get(item.series),
      ...(expectedMinutes !== undefined && { expectedMinutes }),
      ...(blindMinutes !== undefined && { blindMinutes }),
    };
  });
}

/** Enters what people decided into the catalog, and what is known of how they did. */
async function accept({ dataset, round }: RoundInput, settled: SettledSeries[]): Promise<void> {
  await ledger.acceptOutcomes({ dataset, round, outcomes: outcomesOf(settled) });
  const entries = settled.flatMap((each) => each.entries);
  const controls = settled.flatMap(({ control }) => control ?? []);
  const audits = settled.flatMap(({ audit }) => audit ?? []);
  // Tasks of the first days file nothing.
  if (entries.length + controls.length + audits.length > 0) {
    await ledger.fileReviews({ dataset, entries, controls, audits });
  }
}

function outcomesOf(settled: readonly SettledSeries[]): ReviewOutcome[] {
  return settled.map(({ outcome }) => outcome);
}

async function scoreProposals(input: RoundInput, shown: ToRead[], outcomes: ReviewOutcome[]): Promise<Scores | null> {
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
): ToRead {
  const { mask, doubt, structures, gates } = proposal;
  return { series: item.series, kind, image: item.image, proposal: mask, modelDigest, doubt, structures, gates };
}

function summary(settled: readonly SettledSeries[], scores: Scores | null): Reviewed {
  const references = settled.flatMap(({ outcome }) => (outcome.outcome === 'accepted' ? [outcome.reference] : []));
  return {
    shown: settled.length,
    accepted: references.filter((reference) => reference.origin === 'accepted').length,
    corrected: references.filter((reference) => reference.origin === 'corrected').length,
    excluded: settled.length - references.length,
    minutes: settled.reduce((sum, each) => sum + minutesOf(each), 0),
    scores,
  };
}

/** Of everybody: blinded drawings, second opinions and audits too. */
function minutesOf({ outcome, entries }: SettledSeries): number {
  if (entries.length > 0) return entries.reduce((sum, { minutes }) => sum + minutes, 0);
  return outcome.outcome === 'accepted' ? outcome.reference.minutes : 0;
}

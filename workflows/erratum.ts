import { CancellationScope, condition, isCancellation, setHandler, startChild } from '@temporalio/workflow';
import { erratumOutcome, type ErratumOutcome, type ErratumPlan } from '../core/erratum-plan.ts';
import { workflowId, type DatasetName, type Digest, type SeriesId } from '../core/ids.ts';
import type { ReviewInput, ReviewOutcome } from '../core/review.ts';
import { errata, erratumImaging } from './activities.ts';
import { errataChangedSignal } from './messages.ts';
import { reviewTask } from './review-task.ts';

export interface ErratumInput {
  dataset: DatasetName;
  series: SeriesId;
  /** How long a claim of the review task holds. */
  leaseMs: number;
}

/** What came of the errata of one series: the patch versions, in order, and how many errata were settled. */
export interface ErrataSettled {
  versions: Digest[];
  settled: number;
}

/**
 * Has the errata of one series reviewed: a task for all that wait, then another for those that have come meanwhile, until none is
 * left. Publishing is part of it, so that an erratum that is fixed is in a version. Signalled whenever an erratum of the series is
 * filed or closed; a task that nobody waits for any more is withdrawn.
 */
export async function erratum(input: ErratumInput): Promise<ErrataSettled> {
  const { dataset } = input;
  const sum: ErrataSettled = { versions: [], settled: 0 };
  const news = { come: false };
  setHandler(errataChangedSignal, () => void (news.come = true));
  for (;;) {
    news.come = false;
    const plan = await errata.planErrata(input);
    if (!plan) {
      if (news.come) continue;
      return sum;
    }
    const outcome = await review(input, plan, news);
    if (!outcome) continue;
    const { version, settled } = await errata.settleErrata({ dataset, plan, outcome });
    if (version !== null) sum.versions.push(version);
    sum.settled += settled.length;
  }
}

/** Null when the task was withdrawn before anybody answered. */
async function review(input: ErratumInput, plan: ErratumPlan, news: { come: boolean }): Promise<ErratumOutcome | null> {
  const shown = await erratumImaging.showReference({ plan });
  const scope = new CancellationScope();
  let ended = false;
  const answer = scope.run(() => ask(plan, input.leaseMs, shown)).finally(() => (ended = true));
  answer.catch(() => undefined); // thrown below
  for (;;) {
    await condition(() => ended || news.come);
    if (ended) break;
    news.come = false;
    if (!(await errata.isTaskWanted({ dataset: input.dataset, task: plan.task }))) scope.cancel();
  }
  try {
    const outcome = await answer;
    if (outcome.outcome === 'excluded') return erratumOutcome(plan, outcome);
    const reference = await erratumImaging.completeCorrection({ plan, reference: outcome.reference });
    return erratumOutcome(plan, { ...outcome, reference });
  } catch (error) {
    if (isCancellation(error) && scope.consideredCancelled) return null;
    throw error;
  }
}

async function ask(
  plan: ErratumPlan,
  leaseMs: number,
  { structures, gates }: Pick<ReviewInput, 'structures' | 'gates'>,
): Promise<ReviewOutcome> {
  const { task, series, round, image, reference } = plan;
  const child = await startChild(reviewTask, {
    workflowId: workflowId.review(task),
    args: [
      {
        ...{ task, series, round, image, leaseMs, structures, gates },
        kind: 'erratum',
        proposal: reference.mask,
        modelDigest: null,
        doubt: 1,
      },
    ],
  });
  return child.result();
}

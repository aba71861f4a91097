import { setTimeout as sleep } from 'node:timers/promises';
import { DatasetName, ReviewerName, type SeriesId, type TaskId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { TaskRow } from '../../core/review.ts';
import type { Truth } from './correction.ts';
import { reviewTask, type SimulatedReview } from './review.ts';
import { ReviewerSkill } from './skill.ts';
import { ApiFaultError, TaskApi, type ApiAddress, type Patience } from './task-api.ts';

/** Every account of a simulated reviewer begins so, wherever its name is shown. */
export const SIMULATED_PREFIX = 'simulated-';

export interface SimulatedReviewerOptions {
  api: ApiAddress;
  dataset: DatasetName;
  /** The account, e.g. `simulated-anna`. One process per name: a second one would renew the first one's claims. */
  name: string;
  skill: ReviewerSkill;
  /** What the reviewer notices, how it draws and how long it takes depend on seed, series and round only. */
  seed: number;
  /** The true mask of a series; null when none is known: its task is left to others. */
  truthOf: (series: SeriesId) => Promise<Truth | null>;
  /** Stops the reviewer, at once; a task in hand stays claimed until its lease lapses or the same name comes back. */
  signal: AbortSignal;
  /** Told of each review once the API has taken it. */
  onReview?: (review: SimulatedReview) => void;
  /** Pause between two looks at a list without work; 1000 by default. */
  pollMs?: number;
  patience?: Partial<Patience>;
}

/** What one run did. `conflicts`: tasks that somebody else had. */
export interface ReviewTotals {
  reviews: number;
  accepted: number;
  corrected: number;
  excluded: number;
  conflicts: number;
  minutes: number;
  voxelsChanged: number;
  errors: number;
  noticed: number;
}

/**
 * Works through a dataset's review tasks as an ordinary client of the task API, most doubtful first, until the signal is
 * aborted; then resolves. Takes up tasks that an earlier run under the same name had claimed. Sits out an API that restarts; a
 * task on which the API keeps failing is left for the next look.
 * Throws InvalidInputError for options out of order, what `truthOf` and `onReview` throw, and ApiRefusalError when the API
 * refuses it altogether (a wrong token).
 */
export async function runSimulatedReviewer(options: SimulatedReviewerOptions): Promise<ReviewTotals> {
  checkOptions(options);
  const { api: address, signal, pollMs = 1000 } = options;
  const api = new TaskApi(address, signal, options.patience);
  const totals: ReviewTotals = {
    reviews: 0,
    accepted: 0,
    corrected: 0,
    excluded: 0,
    conflicts: 0,
    minutes: 0,
    voxelsChanged: 0,
    errors: 0,
    noticed: 0,
  };
  const settled = new Set<TaskId>();
  try {
    while (!signal.aborted) {
      const before = totals.reviews;
      for (const row of await openTasks(api, options, settled)) await takeOn(api, row, options, totals, settled);
      if (totals.reviews === before) await sleep(pollMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return totals;
}

/** What waits, after what this name has in hand from an earlier run. The list lags: what is settled already is left out. */
async function openTasks(
  api: TaskApi,
  { dataset, name }: SimulatedReviewerOptions,
  settled: ReadonlySet<TaskId>,
): Promise<TaskRow[]> {
  try {
    const claimed = await api.tasks(dataset, 'claimed');
    const queued = await api.tasks(dataset, 'queued');
    const open = [...claimed.filter(({ reviewer }) => reviewer === name), ...queued];
    return open.filter(({ task }) => !settled.has(task));
  } catch (error) {
    if (error instanceof ApiFaultError) return [];
    throw error;
  }
}

async function takeOn(
  api: TaskApi,
  { task, series }: TaskRow,
  options: SimulatedReviewerOptions,
  totals: ReviewTotals,
  settled: Set<TaskId>,
): Promise<void> {
  const truth = await options.truthOf(series);
  if (truth === null) return;
  try {
    const review = await reviewTask(api, task, truth, options);
    if (review === null) {
      totals.conflicts++;
      return;
    }
    settled.add(task);
    count(totals, review);
    options.onReview?.(review);
  } catch (error) {
    if (!(error instanceof ApiFaultError)) throw error;
  }
}

const COUNTED = { accept: 'accepted', correct: 'corrected', exclude: 'excluded' } as const satisfies Record<
  SimulatedReview['verdict'],
  keyof ReviewTotals
>;

function count(totals: ReviewTotals, { verdict, minutes, findings }: SimulatedReview): void {
  totals.reviews++;
  totals[COUNTED[verdict]]++;
  totals.minutes += minutes;
  totals.voxelsChanged += findings.voxelsChanged;
  totals.errors += findings.errors;
  totals.noticed += findings.noticed;
}

function checkOptions({ api, dataset, name, skill, seed }: SimulatedReviewerOptions): void {
  const refuse = (field: string, expected: string, got: string): never => {
    throw new InvalidInputError('simulated reviewer', field, expected, got);
  };
  if (!name.startsWith(SIMULATED_PREFIX) || !ReviewerName.safeParse(name).success) {
    refuse('name', `a reviewer name that begins with "${SIMULATED_PREFIX}"`, JSON.stringify(name));
  }
  if (!DatasetName.safeParse(dataset).success) refuse('dataset', 'a dataset name', JSON.stringify(dataset));
  if (!/^https?:\/\//.test(api.baseUrl) || !URL.canParse(api.baseUrl)) {
    refuse('api.baseUrl', 'an http or https address', JSON.stringify(api.baseUrl));
  }
  if (!Number.isSafeInteger(seed)) refuse('seed', 'a whole number', `${seed}`);
  const checked = ReviewerSkill.safeParse(skill);
  const issue = checked.error?.issues[0];
  if (issue) refuse(`skill.${issue.path.join('.')}`, issue.message, 'another value');
}

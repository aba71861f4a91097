import { ErratumRecords } from '../adapters/erratum-records.ts';
import { publishPatch } from '../adapters/patch-version.ts';
import type { CatalogSeries, Reference } from '../core/catalog.ts';
import {
  FIRST_ERRATUM_TASK,
  isSettled,
  noteOf,
  type Erratum,
  type ErratumId,
  type ErratumState,
} from '../core/erratum.ts';
import type { ErratumOutcome, ErratumPlan } from '../core/erratum-plan.ts';
import { parseTaskId, taskId, type DatasetName, type Digest, type SeriesId, type TaskId } from '../core/ids.ts';
import { recordsOf, type StoreDeps } from './dataset.ts';

/** The activities that keep a dataset's errata. Each may run twice with the same result. */
export function createErratumActivities(deps: StoreDeps) {
  const errataOf = (dataset: DatasetName) => new ErratumRecords(deps.store, dataset);
  const entryOf = async (dataset: DatasetName, series: SeriesId) =>
    (await recordsOf(deps, dataset).catalog()).series.find((entry) => entry.series === series);
  return {
    /**
     * Takes every erratum of a series that is not settled into one review task; null when there is none. Those of a series that has no
     * reference (any more) are closed.
     */
    async planErrata({ dataset, series }: { dataset: DatasetName; series: SeriesId }): Promise<ErratumPlan | null> {
      const errata = errataOf(dataset);
      const all = await errata.of(series);
      const waiting = all.filter((erratum) => !isSettled(erratum));
      if (waiting.length === 0) return null;
      const entry = await entryOf(dataset, series);
      if (!entry?.reference || entry.excluded) {
        for (const { id } of waiting) await settle(errata, id, 'closed', { reason: 'the series has no reference' });
        return null;
      }
      const task = waiting.find((erratum) => erratum.task !== null)?.task ?? nextTask(dataset, series, all);
      for (const { id } of waiting) {
        await errata.update(id, (erratum) => (isSettled(erratum) ? erratum : { ...erratum, state: 'in-review', task }));
      }
      const rounds = await recordsOf(deps, dataset).rounds();
      const { image, reference } = entry;
      return { task, series, round: rounds.at(-1)?.round ?? 0, image, reference, errata: waiting.map(noteOf) };
    },

    /** Whether anybody still waits for the task's answer. */
    async isTaskWanted({ dataset, task }: { dataset: DatasetName; task: TaskId }): Promise<boolean> {
      const errata = await errataOf(dataset).of(parseTaskId(task).series);
      return errata.some((erratum) => erratum.task === task && !isSettled(erratum));
    },

    /**
     * Enters what the review came to: a corrected reference or an exclusion into the catalog, then the patch version, then the errata
     * of the plan. When the reference is not the reviewed one any more, nothing is changed and the errata wait for another review.
     */
    async settleErrata(input: {
      dataset: DatasetName;
      plan: ErratumPlan;
      outcome: ErratumOutcome;
    }): Promise<{ version: Digest | null; settled: ErratumId[] }> {
      const { dataset, plan, outcome } = input;
      const errata = errataOf(dataset);
      const reviewed = plan.reference.mask.digest;
      const affected = await errata.affectedBy(plan.series, reviewed);
      const isChanged = outcome.outcome !== 'unfounded';
      if (isChanged && !(await enter(deps, dataset, plan, outcome))) {
        for (const { id } of plan.errata) await errata.update(id, (each) => reopened(each));
        return { version: null, settled: [] };
      }
      const version = isChanged ? await publishPatch(deps.store, dataset, plan.series, plan.errata) : null;
      const mask = outcome.outcome === 'fixed' ? outcome.reference.mask.digest : null;
      const { reviewer = null, voxelsChanged = 0 } = outcome.outcome === 'excluded' ? {} : outcome.reference;
      const reason = outcome.outcome === 'excluded' ? outcome.reason : null;
      for (const { id } of plan.errata) {
        await settle(errata, id, outcome.outcome, {
          version,
          mask: outcome.outcome === 'unfounded' ? reviewed : mask,
          reviewer,
          voxelsChanged: isChanged ? voxelsChanged : 0,
          reason,
          affected,
        });
      }
      return { version, settled: plan.errata.map(({ id }) => id) };
    },
  };
}

function nextTask(dataset: DatasetName, series: SeriesId, errata: readonly Erratum[]): TaskId {
  const numbers = errata.flatMap(({ task }) => (task === null ? [] : [parseTaskId(task).round]));
  return taskId(dataset, Math.max(FIRST_ERRATUM_TASK - 1, ...numbers) + 1, series);
}

function reopened(erratum: Erratum): Erratum {
  return isSettled(erratum) ? erratum : { ...erratum, state: 'open', task: null };
}

async function settle(
  errata: ErratumRecords,
  id: ErratumId,
  state: ErratumState,
  outcome: Partial<NonNullable<Erratum['outcome']>>,
): Promise<void> {
  const nothing = { versions: [], models: [], evaluations: [] };
  await errata.update(id, (erratum) => {
    // By hand, in the meantime; or by this activity's first try.
    if (isSettled(erratum)) return erratum;
    const none = { version: null, mask: null, reviewer: null, voxelsChanged: 0, reason: null, affected: nothing };
    return { ...erratum, state, outcome: { ...none, ...outcome } };
  });
}

/** False when the series has another reference than the reviewed one, or none. */
async function enter(
  deps: StoreDeps,
  dataset: DatasetName,
  { series, reference, round }: ErratumPlan,
  outcome: Exclude<ErratumOutcome, { outcome: 'unfounded' }>,
): Promise<boolean> {
  let entered = false;
  const changed = (entry: CatalogSeries): CatalogSeries => {
    if (outcome.outcome === 'excluded') {
      entered = entry.excluded !== null || entry.reference?.mask.digest === reference.mask.digest;
      if (entry.excluded !== null || !entered) return entry;
      return { ...entry, excluded: { reason: outcome.reason, round } };
    }
    const now: Digest | undefined = entry.reference?.mask.digest;
    entered = entry.excluded === null && (now === reference.mask.digest || now === outcome.reference.mask.digest);
    return entered ? { ...entry, reference: outcome.reference satisfies Reference } : entry;
  };
  await recordsOf(deps, dataset).updateCatalog((catalog) => ({
    ...catalog,
    series: catalog.series.map((entry) => (entry.series === series ? changed(entry) : entry)),
  }));
  return entered;
}

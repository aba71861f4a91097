import { ReviewRecords } from '../adapters/review-records.ts';
import { biasReport } from '../core/bias-report.ts';
import type { BiasControl } from '../core/bias.ts';
import type { DatasetName, Hospital, PatientId, SeriesId } from '../core/ids.ts';
import { parseTaskId } from '../core/ids.ts';
import type { RoundReport } from '../core/loop.ts';
import { auditReport, type MaskAudit } from '../core/mask-audit.ts';
import { FILED_REVIEW_SCHEMA, type FiledReview } from '../core/review-records.ts';
import { isSettled } from '../core/review-record.ts';
import type { ReviewEntry, TaskView } from '../core/review.ts';
import { doubtSum, minutesModel, type MinutesModel } from '../core/task-minutes.ts';
import { recordsOf, type StoreDeps } from './dataset.ts';

/** What a round must know to open its tasks. */
export interface ReviewPlan {
  series: { series: SeriesId; patient: PatientId; hospital: Hospital; size: [number, number, number] }[];
  /** For masks that are shown, and for drawings from nothing. */
  minutes: { shown: MinutesModel; blind: MinutesModel };
}

/** What a round's blinded controls and audits say; nothing where there were none. */
export async function reviewFindings(
  { store }: StoreDeps,
  dataset: DatasetName,
  round: number,
): Promise<Pick<RoundReport, 'bias' | 'audits'>> {
  const records = new ReviewRecords(store, dataset);
  const bias = biasReport(await records.controls(), { dataset, round });
  const audits = auditReport(await records.audits(), { dataset, round });
  return { ...(bias.controls > 0 && { bias }), ...(audits.audits > 0 && { audits }) };
}

/** The activities that keep the books of review. Filing the same twice changes nothing. */
export function createReviewLedgerActivities(deps: StoreDeps) {
  return {
    /** What the catalog and past tasks say of the series that are to be reviewed. */
    async planReview(input: { dataset: DatasetName; series: SeriesId[] }): Promise<ReviewPlan> {
      const wanted = new Set(input.series);
      const { series } = await recordsOf(deps, input.dataset).catalog();
      const past = await new ReviewRecords(deps.store, input.dataset).reviews();
      return {
        series: series
          .filter((entry) => wanted.has(entry.series))
          .map(({ series: id, patient, hospital, grid }) => ({ series: id, patient, hospital, size: [...grid.size] })),
        minutes: { shown: minutesModel(past, 'shown'), blind: minutesModel(past, 'blind') },
      };
    },

    /** Stores the whole record of a settled task and gives its entry for the log. */
    async fileReview({ view }: { view: TaskView }): Promise<ReviewEntry> {
      const { task, kind, state, history, structures, reference } = view;
      if (!isSettled({ state })) throw new Error(`task ${task}: filed before it was settled`);
      const { series, round } = parseTaskId(task);
      const record: FiledReview = { schema: FILED_REVIEW_SCHEMA, task: view };
      return {
        task,
        series,
        round,
        kind,
        outcome: state === 'accepted' ? 'accepted' : 'excluded',
        reviewer: reference?.reviewer ?? history.at(-1)?.reviewer ?? null,
        minutes: reference?.minutes ?? 0,
        structures: structures.length,
        doubtSum: doubtSum(structures),
        record: await deps.store.putJson(record),
      };
    },

    /** Enters settled tasks, blinded controls and audits into the dataset's records. */
    async fileReviews(input: {
      dataset: DatasetName;
      entries: ReviewEntry[];
      controls: BiasControl[];
      audits: MaskAudit[];
    }): Promise<void> {
      const records = new ReviewRecords(deps.store, input.dataset);
      await records.addReviews(input.entries);
      await records.addControls(input.controls);
      await records.addAudits(input.audits);
    },
  };
}

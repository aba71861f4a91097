import { ReviewRecords } from '../adapters/review-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { compareText } from '../core/mixed-hash.ts';
import { parseTaskId, type DatasetName, type SeriesId } from '../core/ids.ts';
import type { TaskView } from '../core/review.ts';
import { TaskNotFoundError, type TaskService } from './tasks.ts';

/**
 * Every task that a series ever had, the earliest first: settled ones from the dataset's records, open ones and those settled a
 * moment ago as they stand.
 */
export async function reviewHistory(
  deps: { tasks: TaskService; store: ObjectStore },
  dataset: DatasetName,
  series: SeriesId,
): Promise<TaskView[]> {
  const records = new ReviewRecords(deps.store, dataset);
  const found = new Map<string, TaskView>();
  for (const entry of await records.reviews()) {
    if (entry.series === series) found.set(entry.task, (await records.filed(entry)).task);
  }
  for (const row of await deps.tasks.list({ dataset })) {
    if (row.series !== series || found.has(row.task)) continue;
    try {
      found.set(row.task, await deps.tasks.show(row.task));
    } catch (error) {
      if (!(error instanceof TaskNotFoundError)) throw error;
    }
  }
  const begun = ({ history }: TaskView) => history[0]?.at ?? '';
  return [...found.values()].sort(
    (a, b) =>
      parseTaskId(a.task).round - parseTaskId(b.task).round ||
      compareText(begun(a), begun(b)) ||
      compareText(a.task, b.task),
  );
}

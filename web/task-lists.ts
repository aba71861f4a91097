import type { TaskService } from '../client/tasks.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { TaskRow } from '../core/review.ts';

export type TaskFilter = Parameters<TaskService['list']>[0];

const MOST_KEPT = 100;

/**
 * Work lists that many people ask for: those who ask at one time get one answer, and an answer is believed for a moment, which is less
 * than the index behind it lags. `believedMs` 0: each question that comes after an answer is asked anew.
 */
export class TaskLists {
  private readonly kept = new Map<string, { until: number; rows: Promise<TaskRow[]> }>();

  constructor(
    private readonly tasks: Pick<TaskService, 'list'>,
    private readonly believedMs = 0,
  ) {}

  /** Sorted as the task service sorts. The array is shared: nobody may change it. */
  list(filter: TaskFilter): Promise<readonly TaskRow[]> {
    const key = canonicalJson(filter);
    const known = this.kept.get(key);
    if (known && known.until > performance.now()) return known.rows;
    const rows = this.tasks.list(filter);
    const entry = { until: Infinity, rows };
    if (this.kept.size >= MOST_KEPT) this.kept.delete(this.kept.keys().next().value!);
    this.kept.set(key, entry);
    const answered = (believedMs: number) => (entry.until = performance.now() + believedMs);
    rows.then(
      () => answered(this.believedMs),
      () => answered(0),
    );
    return rows;
  }
}

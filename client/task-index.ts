import type { TaskId } from '../core/ids.ts';
import type { TaskRow, TaskState } from '../core/review.ts';
import type { TaskService } from './tasks.ts';

export interface IndexTimes {
  /** The shortest pause between two readings of the whole list; 1 s when left out. */
  freshMs?: number;
  /** A list older than this is not given out: whoever asks then waits for a new one. 30 s when left out. */
  oldestMs?: number;
  /** How long what was done here outweighs what the index says, which lags; 10 s when left out. */
  ownMs?: number;
}

type Filter = Parameters<TaskService['list']>[0];
type Known = Pick<TaskRow, 'task' | 'state' | 'reviewer'>;

interface Snapshot {
  rows: TaskRow[];
  /** When it was begun and how long it took. */
  atMs: number;
  tookMs: number;
}

/** Reading the list takes at most this share of the time, however long the list is. */
const READING_SHARE = 0.1;

/**
 * A task service that answers its lists from memory, for servers that many people ask: Temporal takes seconds to list ten thousand tasks.
 *   1. The whole list is read behind the answers, at most a tenth of the time, and only while somebody asks.
 *   2. What was claimed, submitted or moved through this service shows at once; what happened elsewhere, after the next reading.
 *   3. A list of more than half a minute ago is never given out; when it can't be read, asking fails as without an index.
 */
export function withTaskIndex(tasks: TaskService, times: IndexTimes = {}): TaskService {
  const index = new TaskIndex(tasks, times);
  return {
    ...tasks,
    list: (filter) => index.list(filter),
    async claim(task, request) {
      const view = await tasks.claim(task, request);
      index.learn(view);
      return view;
    },
    async submit(task, request) {
      const result = await tasks.submit(task, request);
      if (result.outcome !== 'refused') index.learn({ task, state: result.outcome, reviewer: request.reviewer });
      return result;
    },
    async move(task, move) {
      const view = await tasks.move(task, move);
      index.learn(view);
      return view;
    },
  };
}

class TaskIndex {
  private snapshot: Snapshot | null = null;
  private reading: Promise<Snapshot> | null = null;
  private readonly own = new Map<TaskId, { known: Known; atMs: number }>();
  private readonly freshMs: number;
  private readonly oldestMs: number;
  private readonly ownMs: number;

  constructor(
    private readonly tasks: Pick<TaskService, 'list'>,
    { freshMs = 1_000, oldestMs = 30_000, ownMs = 10_000 }: IndexTimes,
  ) {
    [this.freshMs, this.oldestMs, this.ownMs] = [freshMs, oldestMs, ownMs];
  }

  async list({ dataset, round, state }: Filter): Promise<TaskRow[]> {
    const { rows } = await this.current();
    return rows.filter(
      (row) =>
        (dataset === undefined || row.task.startsWith(`${dataset}/`)) &&
        (round === undefined || row.round === round) &&
        (state === undefined || row.state === state),
    );
  }

  /** What was just done here, before the index behind knows. */
  learn({ task, state, reviewer }: Known): void {
    const now = performance.now();
    for (const [other, { atMs }] of this.own) {
      if (atMs + this.ownMs > now) break; // oldest first
      this.own.delete(other);
    }
    this.own.delete(task);
    this.own.set(task, { known: { task, state, reviewer: openedTo(state, reviewer) }, atMs: now });
    if (this.snapshot) this.apply(this.snapshot.rows);
  }

  private async current(): Promise<Snapshot> {
    const { snapshot } = this;
    const now = performance.now();
    if (snapshot === null || snapshot.atMs + snapshot.tookMs + this.oldestMs < now) return this.read();
    if (snapshot.atMs + Math.max(this.freshMs, snapshot.tookMs / READING_SHARE) < now) {
      // A reading that fails leaves the list as it was; when that is too old, whoever asks is told.
      this.read().catch(() => undefined);
    }
    return snapshot;
  }

  private read(): Promise<Snapshot> {
    this.reading ??= this.readNow().finally(() => (this.reading = null));
    return this.reading;
  }

  private async readNow(): Promise<Snapshot> {
    const atMs = performance.now();
    const rows = await this.tasks.list({});
    this.apply(rows);
    this.snapshot = { rows, atMs, tookMs: performance.now() - atMs };
    return this.snapshot;
  }

  /** Puts what was done here lately over what was read. The order stays that of the reading. */
  private apply(rows: TaskRow[]): void {
    const since = performance.now() - this.ownMs;
    const lately = new Map([...this.own].filter(([, { atMs }]) => atMs > since));
    if (lately.size === 0) return;
    for (const [at, row] of rows.entries()) {
      const own = lately.get(row.task);
      if (own) rows[at] = { ...row, ...own.known };
    }
  }
}

/** Nobody's, once it waits for somebody else. */
function openedTo(state: TaskState, reviewer: string | null): string | null {
  return state === 'queued' || state === 'second-read' || state === 'sent-back' ? null : reviewer;
}

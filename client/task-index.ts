import type { TaskId } from '../core/ids.ts';
import type { TaskRow, TaskState } from '../core/review.ts';
import { compareTasks } from '../core/task-order.ts';
import type { TaskChanges, TaskService } from './tasks.ts';

export interface IndexTimes {
  /** The shortest pause between two readings; 1 s when left out. */
  freshMs?: number;
  /** A list older than this is not given out: whoever asks then waits for a new one. 30 s when left out. */
  oldestMs?: number;
  /** After so long the whole list is read, else what changed; 10 min when left out. */
  wholeMs?: number;
  /** How long what was done here outweighs what the index says, which lags; 10 s when left out. */
  ownMs?: number;
}

type Filter = Parameters<TaskService['list']>[0];
type Known = Pick<TaskRow, 'task' | 'state' | 'reviewer'>;

interface Snapshot {
  /** As they were read, and as they are given out: in order, with what was done here lately. */
  read: ReadonlyMap<TaskId, TaskRow>;
  rows: TaskRow[];
  /** Where each task stands in `rows`. */
  places: ReadonlyMap<TaskId, number>;
  /** When it was begun and ended. */
  atMs: number;
  endedMs: number;
  /** The same of the last reading of the whole list. */
  whole: { atMs: number; tookMs: number };
  /** Where to go on; not if the service can't say what changed. */
  mark: number | undefined;
}

/** Reading takes at most this share of the time, however long the list is. */
const READING_SHARE = 0.1;

/**
 * A task service that answers its lists from memory, for servers that many people ask: Temporal takes seconds to list ten thousand tasks.
 *   1. What changed is read behind the answers, now and then the whole list, at most a tenth of the time, and only while somebody asks.
 *   2. What was claimed, submitted or moved through this service shows at once; what happened elsewhere, after the next reading.
 *   3. A list of more than half a minute ago is never given out; when it can't be read, asking fails as without an index.
 */
export function withTaskIndex(tasks: TaskService & TaskChanges, times: IndexTimes = {}): TaskService {
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
  private readonly times: Required<IndexTimes>;

  constructor(
    private readonly tasks: TaskChanges,
    times: IndexTimes,
  ) {
    this.times = { freshMs: 1_000, oldestMs: 30_000, wholeMs: 600_000, ownMs: 10_000, ...times };
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
      if (atMs + this.times.ownMs > now) break; // oldest first
      this.own.delete(other);
    }
    this.own.delete(task);
    this.own.set(task, { known: { task, state, reviewer: openedTo(state, reviewer) }, atMs: now });
    if (this.snapshot) this.apply(this.snapshot, [task]);
  }

  private async current(): Promise<Snapshot> {
    const { snapshot, times } = this;
    const now = performance.now();
    if (snapshot === null || snapshot.endedMs + times.oldestMs < now) return this.read();
    if (snapshot.endedMs + this.pauseMs(snapshot, now) < now) {
      // A reading that fails leaves the list as it was; when that is too old, whoever asks is told.
      this.read().catch(() => undefined);
    }
    return snapshot;
  }

  /** How long to leave the service alone before the next reading, by what that will take. */
  private pauseMs(snapshot: Snapshot, now: number): number {
    const { whole, atMs, endedMs } = snapshot;
    const tookMs = this.isWholeNext(snapshot, now) ? whole.tookMs : atMs === whole.atMs ? 0 : endedMs - atMs;
    return Math.max(this.times.freshMs, tookMs / READING_SHARE);
  }

  private isWholeNext({ mark, whole }: Snapshot, now: number): boolean {
    return mark === undefined || whole.atMs + Math.max(this.times.wholeMs, whole.tookMs / READING_SHARE) < now;
  }

  private read(): Promise<Snapshot> {
    this.reading ??= this.readNow().finally(() => (this.reading = null));
    return this.reading;
  }

  private async readNow(): Promise<Snapshot> {
    const before = this.snapshot;
    const atMs = performance.now();
    const since = before && !this.isWholeNext(before, atMs) ? before : null;
    const { rows, mark } = await this.tasks.changes(since?.mark);
    const endedMs = performance.now();
    const read = new Map([...(since?.read ?? []), ...rows.map((row) => [row.task, row] as const)]);
    const whole = since?.whole ?? { atMs, tookMs: endedMs - atMs };
    const inOrder = since ? [...read.values()].sort(compareTasks) : [...rows];
    const places = new Map(inOrder.map(({ task }, at) => [task, at]));
    this.snapshot = { read, rows: inOrder, places, atMs, endedMs, whole, mark: mark ?? since?.mark };
    this.apply(this.snapshot, this.own.keys());
    return this.snapshot;
  }

  /** Puts what was done here lately with these tasks over what was read. The order stays that of the reading. */
  private apply({ rows, places }: Snapshot, tasks: Iterable<TaskId>): void {
    const since = performance.now() - this.times.ownMs;
    for (const task of tasks) {
      const [at, own] = [places.get(task), this.own.get(task)];
      if (at !== undefined && own && own.atMs > since) rows[at] = { ...rows[at]!, ...own.known };
    }
  }
}

/** Nobody's, once it waits for somebody else. */
function openedTo(state: TaskState, reviewer: string | null): string | null {
  return state === 'queued' || state === 'second-read' || state === 'sent-back' ? null : reviewer;
}

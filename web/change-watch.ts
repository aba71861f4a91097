import { setTimeout as sleep } from 'node:timers/promises';
import { jsonDigest } from '../adapters/json-digest.ts';
import type { TaskService } from '../client/tasks.ts';
import type { CampaignReader } from './campaign-reader.ts';

/** What of a dataset has changed: its work list, or its campaign and round; or somebody has commented on one of its tasks. */
export type Change = 'tasks' | 'board' | 'comments';

export interface ChangeWatchDeps {
  tasks: Pick<TaskService, 'list'>;
  campaigns: Pick<CampaignReader, 'state' | 'round'>;
  /** Pause between two looks; 2 s when left out. */
  everyMs?: number;
}

type Listener = (change: Change) => void;

interface Watched {
  listeners: Set<Listener>;
  seen: Partial<Record<Change, string>>;
  stop: AbortController;
  /** Ends the pause before the next look. */
  hurry: AbortController;
}

const EVERY_MS = 2_000;
/** The index of tasks lags behind what was just done here. */
const LAG_MS = 300;
/** Looking takes at most such a share of the time, however long the list is. */
const LOOKING_SHARE = 0.1;

/** Looks after the datasets that somebody watches, each once for everybody, and tells what has changed. */
export class ChangeWatch {
  private readonly watched = new Map<string, Watched>();

  constructor(private readonly deps: ChangeWatchDeps) {}

  /** Tells the listener of every change from now on; the returned function ends it. */
  subscribe(dataset: string, listener: Listener): () => void {
    const watched = this.watched.get(dataset) ?? this.begin(dataset);
    watched.listeners.add(listener);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size > 0) return;
      watched.stop.abort();
      if (this.watched.get(dataset) === watched) this.watched.delete(dataset);
    };
  }

  /** Something was done to a task here: looks soon. */
  poke(dataset: string): void {
    this.watched.get(dataset)?.hurry.abort();
  }

  /** Something was done here that no look would find. */
  tell(dataset: string, change: Change): void {
    for (const listener of this.watched.get(dataset)?.listeners ?? []) listener(change);
  }

  private begin(dataset: string): Watched {
    const watched: Watched = {
      listeners: new Set(),
      seen: {},
      stop: new AbortController(),
      hurry: new AbortController(),
    };
    this.watched.set(dataset, watched);
    void this.look(dataset, watched);
    return watched;
  }

  private async look(dataset: string, watched: Watched): Promise<void> {
    const { everyMs = EVERY_MS } = this.deps;
    const { signal } = watched.stop;
    while (!signal.aborted) {
      const begun = performance.now();
      // Servers that are away come back; the next look sees what has changed until then.
      await this.compare(dataset, watched).catch(() => undefined);
      const tookMs = performance.now() - begun;
      await pause(Math.max(everyMs, tookMs / LOOKING_SHARE), [signal, watched.hurry.signal]);
      if (watched.hurry.signal.aborted) {
        watched.hurry = new AbortController();
        await pause(LAG_MS, [signal]);
      }
    }
  }

  private async compare(dataset: string, watched: Watched): Promise<void> {
    const { tasks, campaigns } = this.deps;
    const [rows, state, round] = await Promise.all([
      tasks.list({ dataset }),
      campaigns.state(dataset),
      campaigns.round(dataset),
    ]);
    const now: Record<'tasks' | 'board', string> = { tasks: jsonDigest(rows), board: jsonDigest([state, round]) };
    for (const change of ['tasks', 'board'] as const) {
      const before = watched.seen[change];
      watched.seen[change] = now[change];
      if (before === undefined || before === now[change]) continue;
      for (const listener of watched.listeners) listener(change);
    }
  }
}

async function pause(ms: number, signals: AbortSignal[]): Promise<void> {
  await sleep(ms, undefined, { signal: AbortSignal.any(signals), ref: false }).catch(() => undefined);
}

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { canonicalJson } from '../core/canonical-json.ts';
import type { S3Bucket } from './s3-bucket.ts';

/** Where a garbage collection says that it deletes: one for all datasets of a bucket, since they share objects. */
export const LOCK_KEY = 'locks/gc.json';

/** `holder` null: nobody deletes. `turn` goes up whenever the holder shows that it is alive. */
const Lock = z.object({ holder: z.string().nullable(), turn: z.int().nonnegative() });
type Lock = z.infer<typeof Lock>;

/** A holder that has not shown itself for so long is taken for dead; it asks for its lock before every deletion. */
const SILENT_MS = 120_000;
const POLL_MS = 250;
const HELD = 'another garbage collection of this bucket is under way, or took this one for dead';

/** Somebody else deletes, or took a silent holder's lock away. */
export class CollectionLockedError extends Error {
  override readonly name = 'ConflictError';
}

/**
 * The lock that keeps garbage collection and writers apart, without a clock:
 *   1. A collection takes the lock before it looks at what there is, and shows itself before every deletion (`renew`).
 *   2. Who moves a ref looks at the lock before and after. Before: while it is held, they wait. After: if the lock has changed, a
 *      collection may have looked at the refs a moment before, and what the ref names is looked for again (ObjectStore.writeRef).
 *   3. Who wants to store what is there already, and may be old, writes it again: then it is young, and a collection leaves young
 *      things alone. If the lock is held after that, the collection may have listed it as old: they wait, and write again.
 * A holder that died is passed over by whoever has seen the same turn for two minutes by their own monotonic clock.
 */
export class CollectionLock {
  private etag: string | null = null;
  private turn = 0;
  private readonly holder = randomUUID();

  constructor(
    private readonly bucket: S3Bucket,
    private readonly silentMs: number = SILENT_MS,
  ) {}

  /** Throws CollectionLockedError when somebody else has it and shows that they are alive. */
  async take(): Promise<void> {
    let current = await this.read();
    if (current && current.lock.holder !== null && !(await this.waitUntilFree(current.etag))) {
      current = await this.read();
      if (current && current.lock.holder !== null) throw new CollectionLockedError(HELD);
    }
    await this.write({ holder: this.holder, turn: (current?.lock.turn ?? 0) + 1 }, current?.etag ?? null);
  }

  /** Shows that the holder is alive. Throws CollectionLockedError when the lock was taken away meanwhile. */
  async renew(): Promise<void> {
    await this.write({ holder: this.holder, turn: this.turn + 1 }, this.etag);
  }

  /** Gives it back; no error when it is somebody else's by now. */
  async release(): Promise<void> {
    if (this.etag === null) return;
    await this.write({ holder: null, turn: this.turn + 1 }, this.etag).catch((error: unknown) => {
      if (!(error instanceof CollectionLockedError)) throw error;
    });
    this.etag = null;
  }

  /**
   * Waits while the lock is held and gives its state as text: the same text later means that nobody has held it in between. A
   * silent holder's lock is taken away.
   */
  async free(): Promise<string> {
    for (;;) {
      const state = await this.read();
      if (state === null) return '';
      if (state.lock.holder === null) return state.etag;
      if (!(await this.waitUntilFree(state.etag))) continue;
      await this.write({ holder: null, turn: state.lock.turn + 1 }, state.etag).catch((error: unknown) => {
        if (!(error instanceof CollectionLockedError)) throw error;
      });
    }
  }

  /** The state as `free` gives it, without waiting; null while somebody holds the lock. */
  async state(): Promise<string | null> {
    const state = await this.read();
    if (state === null) return '';
    return state.lock.holder === null ? state.etag : null;
  }

  /** True when the holder was silent for too long, false as soon as anything changes. */
  private async waitUntilFree(etag: string): Promise<boolean> {
    const since = performance.now();
    while (performance.now() - since < this.silentMs) {
      await sleep(POLL_MS);
      if ((await this.read())?.etag !== etag) return false;
    }
    return true;
  }

  private async read(): Promise<{ lock: Lock; etag: string } | null> {
    const stored = await this.bucket.readChecked(LOCK_KEY);
    if (!stored) return null;
    return { lock: Lock.parse(JSON.parse(new TextDecoder().decode(stored.bytes))), etag: stored.etag };
  }

  private async write(lock: Lock, etag: string | null): Promise<void> {
    const bytes = new TextEncoder().encode(canonicalJson(lock));
    const result = await this.bucket.write(LOCK_KEY, bytes, etag === null ? 'absent' : { etag });
    if (!result.written) throw new CollectionLockedError(HELD);
    [this.etag, this.turn] = [result.etag, lock.turn];
  }
}

/**
 * Writes what is named by its digest so that no collection that is under way takes it away. `put` writes under a condition and tells
 * whether it did: at first only where there is nothing, which is young then; else whatever is there, until no collection was under
 * way between before and after.
 */
export async function writeYoung(
  bucket: S3Bucket,
  put: (condition: 'absent' | 'any') => Promise<boolean>,
): Promise<void> {
  if (await put('absent')) return;
  const lock = new CollectionLock(bucket);
  for (;;) {
    const before = await lock.free();
    await put('any');
    if ((await lock.state()) === before) return;
  }
}

const FREE_TRIES = 5;
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 15 * 60_000;
/** What was forgotten long ago counts no more. */
const FORGOTTEN_MS = 60 * 60_000;
const MOST_KEYS = 10_000;

/**
 * Slows down who guesses passwords: after five failures in a row under one key the next try has to wait 2 s, then 4, 8 … up to a quarter
 * of an hour. A success clears the key. Keys of names that have no account count as well, so the wait tells nothing.
 */
export class SignInBrake {
  private readonly failures = new Map<string, { count: number; atMs: number }>();

  constructor(private readonly now: () => number = () => Date.now()) {}

  /** Milliseconds until the next try; 0: now. */
  waitMs(key: string): number {
    const failed = this.failures.get(key);
    if (!failed || failed.count < FREE_TRIES) return 0;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failed.count - FREE_TRIES));
    return Math.max(0, failed.atMs + wait - this.now());
  }

  failed(key: string): void {
    const before = this.failures.get(key);
    const fresh = before && this.now() - before.atMs < FORGOTTEN_MS ? before.count : 0;
    this.failures.delete(key);
    if (this.failures.size >= MOST_KEYS) this.failures.delete(this.failures.keys().next().value!);
    this.failures.set(key, { count: fresh + 1, atMs: this.now() });
  }

  succeeded(key: string): void {
    this.failures.delete(key);
  }
}

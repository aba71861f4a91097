/** Without a key, a click or a wheel turn for so long, a person is taken to be away. */
export const IDLE_MS = 3 * 60_000;

/**
 * Counts the minutes that a person really works: while the tab is visible and something was done in the last three minutes.
 * Times are in milliseconds of any clock that doesn't run backwards; the caller tells what happens.
 */
export class WorkClock {
  private workedMs: number;
  private since: number | null;
  private lastInput: number;

  constructor(
    private readonly now: () => number,
    minutesBefore = 0,
  ) {
    this.workedMs = minutesBefore * 60_000;
    this.lastInput = now();
    this.since = this.lastInput;
  }

  /** A key, a click, a wheel turn: the person is here. */
  input(): void {
    const now = this.now();
    if (this.since !== null && now > this.lastInput + IDLE_MS) {
      this.settle();
      this.since = now;
    }
    this.lastInput = now;
  }

  /** The tab came into view or left it. Coming back counts as being here. */
  visible(isVisible: boolean): void {
    this.settle();
    if (isVisible) {
      this.lastInput = this.now();
      this.since = this.lastInput;
    }
  }

  /** Whether time runs at this moment. */
  get running(): boolean {
    return this.since !== null && this.now() <= this.lastInput + IDLE_MS;
  }

  /** Minutes worked, with fractions. */
  get minutes(): number {
    return (this.workedMs + this.openMs()) / 60_000;
  }

  /** Adds minutes of an earlier sitting, as kept with a drawing. */
  add(minutes: number): void {
    this.workedMs += minutes * 60_000;
  }

  private openMs(): number {
    if (this.since === null) return 0;
    return Math.max(0, Math.min(this.now(), this.lastInput + IDLE_MS) - this.since);
  }

  private settle(): void {
    this.workedMs += this.openMs();
    this.since = null;
  }
}

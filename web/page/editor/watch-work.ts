import type { WorkClock } from '../work-clock.ts';

/** Tells the clock of every sign that a person is at work on this page; the returned function ends it. */
export function watchWork(clock: WorkClock): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  for (const event of ['pointerdown', 'keydown', 'wheel'] as const) {
    document.addEventListener(event, () => clock.input(), { signal, capture: true, passive: true });
  }
  document.addEventListener('visibilitychange', () => clock.visible(!document.hidden), { signal });
  return () => stop.abort();
}

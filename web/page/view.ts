import type { Right } from '../../core/roles.ts';
import type { Api } from './api.ts';

/** What every view is given. */
export interface Context {
  api: Api;
  /** The name that claims and verdicts are made under. */
  reviewer: () => string;
  /** What the person's role may do; the server asks again. */
  may: (right: Right) => boolean;
  /** Whether the person has every one of these skills. */
  can: (skills: readonly string[]) => boolean;
}

/** A view on the page; `close` stops its timers, listeners and requests. */
export interface View {
  element: HTMLElement;
  close(): void;
}

/** Runs a task now and every `everyMs` while the tab is visible; the returned function stops it. */
export function repeat(task: () => unknown, everyMs: number): () => void {
  task();
  const timer = setInterval(() => {
    if (!document.hidden) task();
  }, everyMs);
  return () => clearInterval(timer);
}

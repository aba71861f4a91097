import { ApiError } from './api.ts';
import { h } from './dom.ts';

/** A message that fills the view: what is the case, and what can be done. */
export function notice(title: string, text: string, ...actions: HTMLElement[]): HTMLElement {
  return h(
    'section',
    { class: 'notice', role: 'status' },
    h('h2', {}, title),
    h('p', {}, text),
    actions.length > 0 && h('div', { class: 'actions' }, ...actions),
  );
}

export function loading(text: string): HTMLElement {
  return h(
    'section',
    { class: 'notice loading', role: 'status', 'aria-busy': 'true' },
    h('span', { class: 'spinner' }),
    h('p', {}, text),
  );
}

/** What went wrong, in the server's words where there are any. */
export function failure(error: unknown, retry: () => void): HTMLElement {
  const again = h('button', { class: 'primary', on: { click: retry } }, 'Try again');
  if (error instanceof ApiError && error.status === 401) {
    const button = h('button', { class: 'primary', on: { click: () => location.reload() } }, 'Sign in again');
    return notice('Not signed in any more', 'Your session has ended.', button);
  }
  return notice('That did not work', messageOf(error), again);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'An unknown fault.';
}

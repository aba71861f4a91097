import { ReviewerName } from '../../core/ids.ts';

const TOKEN_KEY = 'spindle.token';
const REVIEWER_KEY = 'spindle.reviewer';

/**
 * Takes the token from the address (`#token=…`), keeps it for this tab and removes it from the address bar and the history.
 * Returns the token of this tab; null when it never had one.
 */
export function takeToken(): string | null {
  const given = /^#token=([^&]+)/.exec(location.hash)?.[1];
  if (given !== undefined) {
    sessionStorage.setItem(TOKEN_KEY, decodeURIComponent(given));
    history.replaceState(null, '', `${location.pathname}#/tasks`);
  }
  return sessionStorage.getItem(TOKEN_KEY);
}

/** Keeps a token that the person typed in, for this tab. */
export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

/** Forgets the token: the server does not know it. */
export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN_KEY);
}

/** The name this browser reviews under; null until somebody gave one. */
export function reviewerName(): ReviewerName | null {
  return ReviewerName.safeParse(localStorage.getItem(REVIEWER_KEY)).data ?? null;
}

export function keepReviewerName(name: ReviewerName): void {
  localStorage.setItem(REVIEWER_KEY, name);
}

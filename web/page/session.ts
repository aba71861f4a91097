import { ReviewerName } from '../../core/ids.ts';

const REVIEWER_KEY = 'spindle.reviewer';

/**
 * Takes the access token from the address (`#token=…`) and removes it from the address bar and the history; null when there is none.
 * It is traded for a session at once and kept nowhere.
 */
export function takeToken(): string | null {
  const given = /^#token=([^&]+)/.exec(location.hash)?.[1];
  if (given === undefined) return null;
  history.replaceState(null, '', `${location.pathname}#/tasks`);
  return decodeURIComponent(given);
}

/** The name that whoever came with the access token reviews under in this browser; null until somebody gave one. */
export function reviewerName(): ReviewerName | null {
  return ReviewerName.safeParse(localStorage.getItem(REVIEWER_KEY)).data ?? null;
}

export function keepReviewerName(name: ReviewerName): void {
  localStorage.setItem(REVIEWER_KEY, name);
}

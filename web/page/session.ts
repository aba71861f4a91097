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

/** Why the organisation's sign-in did not lead here, by the code in the address. */
const REFUSALS: Record<string, string> = {
  taken: 'Your name belongs to another account here. Ask an admin.',
  disabled: 'Your account is disabled. Ask an admin.',
  'no-role': 'Your organisation has you in no group that has a role here. Ask an admin.',
  'no-name': 'Your organisation gives you no name that can be used here. Ask an admin.',
};

/** Takes the refusal of a sign-in elsewhere (`#refused=…`) from the address, in words; undefined when there is none. */
export function takeRefusal(): string | undefined {
  const why = /^#refused=([a-z-]+)$/.exec(location.hash)?.[1];
  if (why === undefined) return undefined;
  history.replaceState(null, '', `${location.pathname}#/tasks`);
  return REFUSALS[why] ?? 'The sign-in at your organisation did not work. Try again, or ask an admin.';
}

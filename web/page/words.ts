import type { TaskRow, TaskState } from '../../core/review.ts';

/** What a task is for, in the words of a person. */
export const KIND_WORDS: Record<TaskRow['kind'], string> = {
  misalignment: 'Carried over from SPACE: check alignment',
  proposal: 'Model proposal',
  blind: 'Draw from nothing',
  adjudication: 'Two reads differ: decide',
  audit: 'Audit of an accepted mask',
  erratum: 'Said to be wrong',
};

export const STATE_WORDS: Record<TaskState, string> = {
  queued: 'Waiting',
  claimed: 'In work',
  checking: 'Being checked',
  'sent-back': 'Sent back',
  'second-read': 'Waits for a senior',
  accepted: 'Accepted',
  excluded: 'Excluded',
};

/** `vertebrae-in-order` → `Vertebrae in order`. */
export function sentence(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A message of the server as a sentence of its own. */
export function asSentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** `about 6 min`; null where nothing is predicted. */
export function aboutMinutes(minutes: number | undefined): string | null {
  return minutes === undefined ? null : `about ${Math.max(1, Math.round(minutes))} min`;
}

/** A score of 0 to 1 with three decimals; a dash where there is none. */
export function score(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(3);
}

/** Seconds as `42 s` or `3 min 05 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `14:05`; with the day when that is not today. */
export function clockTime(milliseconds: number): string {
  const time = new Date(milliseconds);
  const isToday = time.toDateString() === new Date().toDateString();
  const day = isToday ? {} : ({ day: 'numeric', month: 'short' } as const);
  return time.toLocaleString([], { ...day, hour: '2-digit', minute: '2-digit' });
}

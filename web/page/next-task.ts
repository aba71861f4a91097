import type { TaskRow } from '../../core/review.ts';
import type { Context } from './view.ts';

/**
 * What one is at already, else the first of a list in its own order that one may claim, as far as a list knows; undefined when there is
 * none. The server has the last word: it knows at once what a list is told a moment late.
 */
export function nextTask(rows: readonly TaskRow[], { reviewer, may, can }: Context): TaskRow | undefined {
  const me = reviewer();
  const mine = rows.find((row) => row.reviewer === me && row.state === 'claimed');
  return mine ?? rows.find((row) => isFree(row, me, may('second-read')) && can(row.skills ?? []));
}

function isFree({ state, kind, flags = [], assignee, notTo = [] }: TaskRow, me: string, isSenior: boolean): boolean {
  if (flags.includes('paused') || notTo.includes(me)) return false;
  if (assignee !== undefined && assignee !== me) return false;
  if (state === 'second-read' || kind === 'adjudication')
    return isSenior && (state === 'second-read' || state === 'queued');
  return state === 'queued' || state === 'sent-back';
}

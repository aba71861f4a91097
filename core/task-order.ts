import { compareText } from './mixed-hash.ts';
import type { TaskRow } from './review.ts';

/**
 * The order in which tasks are taken: what a lead pinned; what was escalated; what waits for one person's answer (sent back, second reads)
 * before what was never read; then the most doubtful; what a lead skipped comes last.
 */
export function compareTasks(a: TaskRow, b: TaskRow): number {
  return rank(a) - rank(b) || b.doubt - a.doubt || compareText(a.task, b.task);
}

/** Why a task stands where it stands, in a few words. */
export function orderReason(row: TaskRow): string {
  const has = (flag: NonNullable<TaskRow['flags']>[number]) => row.flags?.includes(flag) ?? false;
  const held = has('paused') ? 'paused; ' : '';
  if (has('skipped')) return `${held}skipped by a lead`;
  if (has('pinned')) return `${held}pinned by a lead`;
  if (has('escalated')) return `${held}escalated: nobody answered in time`;
  if (row.state === 'sent-back') return `${held}sent back to ${row.assignee ?? 'its author'}`;
  if (row.state === 'second-read') return `${held}waits for a senior`;
  const what = {
    misalignment: 'carried over from SPACE',
    proposal: 'proposal',
    blind: 'to be drawn from nothing',
    adjudication: 'two reads differ',
    audit: 'drawn for an audit',
    erratum: 'said to be wrong',
  }[row.kind];
  return `${held}${what}, doubt ${row.doubt.toFixed(2)}`;
}

function rank({ flags = [], state }: TaskRow): number {
  if (flags.includes('skipped')) return 4;
  if (flags.includes('pinned')) return 0;
  if (flags.includes('escalated')) return 1;
  return state === 'sent-back' || state === 'second-read' ? 2 : 3;
}

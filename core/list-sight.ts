import { compareText, mixedHash } from './mixed-hash.ts';
import { isSettled } from './review-record.ts';
import type { Viewer } from './review-sight.ts';
import type { TaskRow } from './review.ts';
import { mayDo } from './roles.ts';

/**
 * What of a work list somebody may see. A list that names both reads of a series tells its readers what they must not know: that the
 * series is a blinded control, or read twice, and by whom. People take more care over what they know to be a measurement.
 */

/** Reads that must not know of each other: one of these, and the ordinary task beside it. */
const BLINDED = ['.second', '.blind'];
const ADJUDICATION = '.adjudication';

/**
 * The rows of a whole list (not of one state alone) without what `viewer` must not learn. Leads see all. Others see one row of the reads
 * of a series that must not know of each other: their own, also when they gave it back; else one that they could take, picked by name so
 * that it stays the same; and when somebody is to decide between two reads, the decision instead. When all of it is settled it is all
 * shown. Who has read a series already is told of oneself alone.
 */
export function rowsFor(rows: readonly TaskRow[], viewer: Viewer): readonly TaskRow[] {
  if (viewer.role !== undefined && mayDo(viewer.role, 'lead')) return rows;
  return unblindedRows(rows, viewer).map((row) => withoutOthers(row, viewer.name));
}

function unblindedRows(rows: readonly TaskRow[], viewer: Viewer): readonly TaskRow[] {
  const blinded = new Set(rows.flatMap(({ task }) => (endsWithAny(task, BLINDED) ? [seriesTask(task)] : [])));
  if (blinded.size === 0) return rows;
  const groups = new Map<string, TaskRow[]>();
  for (const row of rows) {
    const series = seriesTask(row.task);
    if (!blinded.has(series)) continue;
    const group = groups.get(series);
    if (group) group.push(row);
    else groups.set(series, [row]);
  }
  const hidden = new Set<TaskRow>();
  for (const [series, group] of groups) {
    const shown = shownOf(group, series, viewer.name);
    for (const row of group) if (!shown.includes(row)) hidden.add(row);
  }
  return rows.filter((row) => !hidden.has(row));
}

function shownOf(group: readonly TaskRow[], series: string, name: string): readonly TaskRow[] {
  if (group.every(isSettled)) return group;
  const own = group.filter(({ reviewer }) => reviewer === name);
  if (own.length > 0) return own;
  // Whoever has had one of the reads is barred from the others: what is left is theirs.
  const unbarred = group.filter(({ task, notTo = [] }) => !notTo.includes(name) && !task.endsWith(ADJUDICATION));
  const hadOne = group.some(({ notTo = [] }) => notTo.includes(name));
  if (hadOne && unbarred.length > 0) return unbarred.slice(0, 1);
  const decision = group.filter(({ task }) => task.endsWith(ADJUDICATION));
  if (decision.length > 0) return decision;
  const free = group.filter((row) => isFreeFor(row, name));
  const choice = (free.length > 0 ? free : group).toSorted((a, b) => compareText(a.task, b.task));
  return [choice[mixedHash(`${name}/${series}`) % choice.length]!];
}

function isFreeFor({ state, flags = [], assignee }: TaskRow, name: string): boolean {
  const waits = state === 'queued' || state === 'sent-back';
  return waits && !flags.includes('paused') && (assignee === undefined || assignee === name);
}

function withoutOthers(row: TaskRow, name: string): TaskRow {
  if (row.notTo === undefined) return row;
  const { notTo, ...rest } = row;
  return notTo.includes(name) ? { ...rest, notTo: [name] } : rest;
}

function endsWithAny(task: string, endings: readonly string[]): boolean {
  return endings.some((ending) => task.endsWith(ending));
}

/** The ordinary task of the series: no name of a dataset, round or series holds a dot. */
export function seriesTask(task: string): string {
  const dot = task.lastIndexOf('.');
  return dot < 0 ? task : task.slice(0, dot);
}

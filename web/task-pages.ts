import { z } from 'zod';
import { TaskId } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { TaskRow } from '../core/review.ts';

export const MOST_ROWS = 1000;

const Cursor = z.object({ after: TaskId, place: z.int().nonnegative() });

/**
 * Cuts a page out of the sorted work list. The cursor names the last task that was given and its place: the list changes meanwhile,
 * so the next page goes on behind that task, or from its place when it has left the list. Throws InvalidInputError for a cursor that
 * is none of ours.
 */
export function pageOf(
  rows: readonly TaskRow[],
  limit: number,
  cursor: string | undefined,
): { tasks: TaskRow[]; next: string | null; total: number } {
  const from = cursor === undefined ? 0 : placeAfter(rows, cursor);
  const tasks = rows.slice(from, from + limit);
  const last = tasks.at(-1);
  const more = last !== undefined && from + limit < rows.length;
  return { tasks, next: more ? written({ after: last.task, place: from + limit }) : null, total: rows.length };
}

function placeAfter(rows: readonly TaskRow[], cursor: string): number {
  const { after, place } = read(cursor);
  const at = rows.findIndex(({ task }) => task === after);
  return at < 0 ? Math.min(place, rows.length) : at + 1;
}

function written(cursor: z.infer<typeof Cursor>): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

function read(text: string): z.infer<typeof Cursor> {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new InvalidInputError('task list', 'cursor', 'the "next" of an answer', 'another text');
  }
}

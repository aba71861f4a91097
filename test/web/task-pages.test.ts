import { describe, expect, it } from 'vitest';
import type { TaskRow } from '../../core/review.ts';
import { pageOf } from '../../web/task-pages.ts';

const row = (study: number): TaskRow => ({
  task: `phantom/1/${study}_t2`,
  series: `${study}_t2`,
  round: 1,
  state: 'queued',
  kind: 'proposal',
  doubt: 0.5,
  reviewer: null,
});
const rows = [1, 2, 3, 4, 5].map(row);
const studies = (page: { tasks: TaskRow[] }) => page.tasks.map(({ series }) => Number(series.split('_')[0]));

describe('pages of the work list', () => {
  it('follow each other without gap or repetition', () => {
    const first = pageOf(rows, 2, undefined);
    const second = pageOf(rows, 2, first.next!);
    const third = pageOf(rows, 2, second.next!);
    expect([first, second, third].map(studies)).toEqual([[1, 2], [3, 4], [5]]);
    expect(third.next).toBeNull();
    expect(third.total).toBe(5);
    expect(pageOf([], 2, undefined)).toEqual({ tasks: [], next: null, total: 0 });
  });

  it('go on behind the last task though others came or it has left', () => {
    const { next } = pageOf(rows, 2, undefined); // behind 2
    expect(studies(pageOf([row(9), ...rows], 2, next!))).toEqual([3, 4]);
    expect(
      studies(
        pageOf(
          rows.filter(({ series }) => series !== '1_t2'),
          2,
          next!,
        ),
      ),
    ).toEqual([3, 4]);
    expect(
      studies(
        pageOf(
          rows.filter(({ series }) => series !== '2_t2'),
          2,
          next!,
        ),
      ),
    ).toEqual([4, 5]); // 3 moved up a place
  });

  it.each(['', 'x', 'eyJhIjoxfQ', Buffer.from('{"after":"../x","place":0}').toString('base64url')])(
    'refuse the cursor %j',
    (cursor) => {
      expect(() => pageOf(rows, 2, cursor)).toThrow('task list: cursor');
    },
  );
});

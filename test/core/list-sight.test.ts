import { describe, expect, it } from 'vitest';
import { rowsFor } from '../../core/list-sight.ts';
import type { TaskRow } from '../../core/review.ts';
import type { Role } from '../../core/roles.ts';

const row = (part: string, more: Partial<TaskRow> = {}): TaskRow => ({
  task: `demo/1/${part}`,
  series: part.split('.')[0]!,
  round: 1,
  state: 'queued',
  kind: part.endsWith('.blind') ? 'blind' : 'proposal',
  doubt: 0.5,
  reviewer: null,
  ...more,
});
const seen = (rows: TaskRow[], name: string, role: Role = 'annotator') =>
  rowsFor(rows, { name, role }).map(({ task }) => task.slice('demo/1/'.length));

const held = (reviewer: string): Partial<TaskRow> => ({ state: 'claimed', reviewer });
const done = (reviewer: string): Partial<TaskRow> => ({ state: 'accepted', reviewer });

describe('a work list', () => {
  it('names both reads of a series to leads, and one of them to everybody else', () => {
    const rows = [row('1_t1'), row('2_t1'), row('2_t1.blind'), row('3_t2')];
    for (const role of ['lead', 'admin'] as const) expect(seen(rows, 'leo', role)).toHaveLength(4);
    const picked = new Set<string>();
    for (const role of ['annotator', 'radiologist', 'engineer'] as const) {
      for (const name of ['ann', 'bob', 'cem', 'dee', 'eva', 'fay', 'gus', 'hal']) {
        const [first, one, last, ...more] = seen(rows, name, role);
        expect([first, last, more]).toEqual(['1_t1', '3_t2', []]);
        picked.add(one!);
        // The same whenever the list is asked for.
        expect(seen([...rows].reverse(), name, role)).toContain(one);
      }
    }
    // Neither read is shown to nobody.
    expect(picked).toEqual(new Set(['2_t1', '2_t1.blind']));
  });

  it('shows who has one read that one, and never the other', () => {
    const rows = [row('2_t1', held('ann')), row('2_t1.blind')];
    expect(seen(rows, 'ann')).toEqual(['2_t1']);
    expect(seen(rows, 'bob')).toEqual(['2_t1.blind']);
    expect(seen([row('2_t1', done('ann')), row('2_t1.blind', held('bob'))], 'ann')).toEqual(['2_t1']);
    expect(seen([row('2_t1', done('ann')), row('2_t1.blind', held('bob'))], 'bob')).toEqual(['2_t1.blind']);
  });

  it('shows who gave one read back that one again, and not a word of the other', () => {
    // The other read is told who had this one.
    const rows = [row('2_t1'), row('2_t1.blind', { notTo: ['ann'] })];
    const drawn = [row('2_t1', { notTo: ['ann'] }), row('2_t1.blind')];
    for (const name of ['ann', 'bob', 'cem', 'dee', 'eva', 'fay']) {
      const as = (each: TaskRow[]) => seen(JSON.parse(JSON.stringify(each).replaceAll('ann', name)) as TaskRow[], name);
      expect([as(rows), as(drawn)]).toEqual([['2_t1'], ['2_t1.blind']]);
    }
    expect(seen([row('2_t1', held('bob')), row('2_t1.blind', { notTo: ['ann', 'bob'] })], 'ann')).toEqual(['2_t1']);
  });

  it('tells but leads of nobody else who has read a series', () => {
    const told = (name: string, role: Role = 'annotator') =>
      rowsFor([row('1_t1.audit', { notTo: ['ann', 'bob'] })], { name, role }).map(({ notTo }) => notTo);
    expect([told('ann'), told('cem'), told('leo', 'lead')]).toEqual([[['ann']], [undefined], [['ann', 'bob']]]);
  });

  it('leaves nobody without work that they could take', () => {
    for (const name of ['ann', 'bob', 'cem', 'dee', 'eva', 'fay']) {
      expect(seen([row('2_t1', held('zoe')), row('2_t1.second')], name)).toEqual(['2_t1.second']);
      expect(seen([row('2_t1'), row('2_t1.second', held('zoe'))], name)).toEqual(['2_t1']);
      expect(seen([row('2_t1', { assignee: 'zoe' }), row('2_t1.second')], name)).toEqual(['2_t1.second']);
      expect(seen([row('2_t1', { flags: ['paused'] }), row('2_t1.second')], name)).toEqual(['2_t1.second']);
      expect(seen([row('2_t1', held('zoe')), row('2_t1.second', held('yan'))], name)).toHaveLength(1);
    }
  });

  it('shows a decision between two reads without the reads, and its readers their own read alone', () => {
    const decision = row('2_t1.adjudication', { kind: 'adjudication' });
    const rows = [row('2_t1', done('ann')), row('2_t1.second', done('bob')), decision];
    expect(seen(rows, 'sam', 'radiologist')).toEqual(['2_t1.adjudication']);
    expect(seen(rows, 'ann')).toEqual(['2_t1']);
    expect(seen(rows, 'bob')).toEqual(['2_t1.second']);
    const settled = rows.map((each) => ({ ...each, ...done(each.reviewer ?? 'sam') }));
    expect(seen(settled, 'ann')).toHaveLength(3);
  });

  it('is left alone where there is nothing to hide: audits, and reads that are over', () => {
    const rows = [
      row('1_t1', done('ann')),
      row('1_t1.audit'),
      row('2_t1', done('ann')),
      row('2_t1.blind', done('bob')),
    ];
    expect(seen(rows, 'cem')).toHaveLength(4);
  });
});

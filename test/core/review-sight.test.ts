import { describe, expect, it } from 'vitest';
import { maySee, withoutReads } from '../../core/review-sight.ts';
import type { TaskEvent, TaskView } from '../../core/review.ts';

type Seen = Pick<TaskView, 'kind' | 'state' | 'reviewer' | 'siblings'>;
const sibling = (state: TaskView['state'], readers: string[] = []) => [{ task: 'x/1/1_t2.blind', state, readers }];
const of = (state: TaskView['state'], reviewer: string | null, siblings?: TaskView['siblings']): Seen => ({
  kind: 'proposal',
  state,
  reviewer,
  ...(siblings && { siblings }),
});

describe('maySee', () => {
  it('shows an ordinary task to everybody', () => {
    expect(maySee(of('queued', null), { name: 'ada' })).toBe(true);
  });

  it('shows a read that others must not know of to its reader only, whatever the role', () => {
    expect(maySee(of('claimed', 'ada', sibling('claimed', ['bob'])), { name: 'ada', role: 'annotator' })).toBe(true);
    expect(maySee(of('claimed', 'ada', sibling('claimed', ['bob'])), { name: 'bob', role: 'annotator' })).toBe(false);
    expect(maySee(of('claimed', 'ada', sibling('queued')), { name: 'eve', role: 'lead' })).toBe(false);
    expect(maySee(of('claimed', 'ada', sibling('queued')), { name: 'eve', role: 'admin' })).toBe(false);
  });

  it('shows nobody the proposal while the other one could still be drawn by whoever looks', () => {
    expect(maySee(of('queued', null, sibling('queued')), { name: 'ada' })).toBe(false);
    expect(maySee(of('accepted', 'ada', sibling('queued')), { name: 'bob' })).toBe(false);
  });

  it('shows a reader who had the other read nothing of this one, even when it is accepted', () => {
    expect(maySee(of('accepted', 'ada', sibling('claimed', ['bob'])), { name: 'bob' })).toBe(false);
  });

  it('shows the two reads to whoever decides between them, and to others when that is settled', () => {
    const adjudication = (state: TaskView['state'], reviewer: string | null): Seen => ({
      ...of(state, reviewer),
      kind: 'adjudication',
    });
    for (const role of ['annotator', 'radiologist', 'lead', 'admin'] as const) {
      expect(maySee(adjudication('queued', null), { name: 'eve', role })).toBe(false);
      expect(maySee(adjudication('claimed', 'dora'), { name: 'eve', role })).toBe(false);
      expect(maySee(adjudication('accepted', 'dora'), { name: 'eve', role })).toBe(true);
    }
    expect(maySee(adjudication('claimed', 'dora'), { name: 'dora', role: 'radiologist' })).toBe(true);
    expect(maySee(adjudication('checking', 'dora'), { name: 'dora', role: 'radiologist' })).toBe(true);
  });

  it('shows all to all when all are settled', () => {
    for (const name of ['ada', 'bob', 'eve']) {
      expect(maySee(of('accepted', 'ada', sibling('excluded', ['bob'])), { name })).toBe(true);
    }
  });
});

it('what is kept back includes how somebody judged, which notes of the history say', () => {
  const at = '2026-01-02T03:04:05.000Z';
  const event = (name: TaskEvent['event'], note: string): TaskEvent => ({ at, event: name, reviewer: 'ada', note });
  const history = [
    event('reassigned', 'to ada'),
    event('claimed', ''),
    event('submitted', 'accept'),
    event('refused', 'canal-present'),
    event('sent-back', 'L5 is S1'),
    event('excluded', 'implant'),
  ];
  const seen = withoutReads({ history, sentBackBecause: 'L5 is S1' } as TaskView);
  expect(seen.history.map(({ note }) => note)).toEqual(['to ada', '', '', '', '', '']);
  expect(seen.history.map(({ event: name }) => name)).toEqual(history.map(({ event: name }) => name));
  expect(JSON.stringify(seen)).not.toContain('S1');
});

import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { auditReason, drawReadings, isDrawn } from '../../core/review-draw.ts';
import { newRecord } from '../../core/review-record.ts';
import { taskTags } from '../../core/review-tags.ts';
import { fromTags } from '../../core/task-tags.ts';
import type { ReviewEntry, TaskRow } from '../../core/review.ts';
import { taskCondition } from '../../core/task-filter.ts';
import { minutesModel, predictedMinutes } from '../../core/task-minutes.ts';
import { compareTasks, orderReason } from '../../core/task-order.ts';

function row(series: string, changes: Partial<TaskRow> = {}): TaskRow {
  const task = `x/1/${series}`;
  return { task, series, round: 1, state: 'queued', kind: 'proposal', doubt: 0.5, reviewer: null, ...changes };
}

describe('the order of tasks', () => {
  it('is pinned, escalated, waiting for one person, most doubtful, skipped', () => {
    const rows = [
      row('1_t1', { flags: ['skipped'], doubt: 1 }),
      row('2_t1', { doubt: 0.2 }),
      row('3_t1', { doubt: 0.9 }),
      row('4_t1', { state: 'second-read', doubt: 0 }),
      row('5_t1', { flags: ['escalated'], doubt: 0 }),
      row('6_t1', { flags: ['pinned'], doubt: 0 }),
    ];
    expect(rows.sort(compareTasks).map(({ series }) => series[0])).toEqual(['6', '5', '4', '3', '2', '1']);
    expect(rows.map(orderReason)).toEqual([
      'pinned by a lead',
      'escalated: nobody answered in time',
      'waits for a senior',
      'proposal, doubt 0.90',
      'proposal, doubt 0.20',
      'skipped by a lead',
    ]);
  });
});

describe('a condition', () => {
  const rows = [
    row('1_t1', { hospital: 'RH1', doubt: 0.7, flags: ['paused'] }),
    row('2_t1', { hospital: 'OH', doubt: 0.3, expectedMinutes: 12 }),
    row('3_t1', { state: 'claimed', reviewer: 'ada' }),
  ];
  const found = (text: string) => rows.filter(taskCondition(text)).map(({ series }) => series[0]);

  it.each([
    ['hospital=RH1', ['1']],
    ['hospital!=RH1', ['2', '3']],
    ['doubt>=0.3, doubt<0.7', ['2', '3']],
    ['minutes>10', ['2']],
    ['flag=paused', ['1']],
    ['flag!=paused,state=queued', ['2']],
    ['reviewer=ada', ['3']],
    ['dataset=y', []],
  ])('%s', (text, expected) => {
    expect(found(text)).toEqual(expected);
  });

  it.each(['state=open', 'doubt=high', 'patient=1', 'state', 'hospital>OH', '', 'constructor=1'])(
    'refuses %j',
    (text) => {
      expect(() => taskCondition(text)).toThrow(InvalidInputError);
    },
  );
});

describe('tags', () => {
  it('say what they were made of, and nothing else', () => {
    const tags = taskTags({ hospital: 'RH1' }, { ...newRecord(0), flags: ['pinned'], assignee: 'ada' });
    expect(fromTags([...tags, 'of-later', 'hospital:no such code'])).toEqual({
      flags: ['pinned'],
      hospital: 'RH1',
      assignee: 'ada',
    });
    expect(fromTags([])).toEqual({});
  });
});

describe('expected minutes', () => {
  const past = (minutes: number, doubtSum: number, kind: ReviewEntry['kind'] = 'proposal') =>
    ({ kind, doubtSum, minutes, outcome: 'accepted' }) as const;
  const doubts = (...values: number[]) => values.map((doubt, label) => ({ label, voxels: 1, doubt }));

  it('are not made up', () => {
    const model = minutesModel([past(4, 1), past(6, 2)], 'shown');
    expect(model).toEqual({ method: 'none', tasks: 2 });
    expect(predictedMinutes(model, doubts(1))).toBeUndefined();
  });

  it('are the median of a few, drawings by themselves', () => {
    const tasks = [past(4, 1), past(6, 2), past(20, 0), past(90, 0, 'blind')];
    // Leave-one-out medians of the others: 13, 12 and 5.
    expect(minutesModel(tasks, 'shown')).toEqual({
      method: 'median',
      tasks: 3,
      minutes: 6,
      errorMinutes: (9 + 6 + 15) / 3,
    });
    expect(minutesModel(tasks, 'blind').method).toBe('none');
  });

  it('follow the doubt where past tasks did: 4 minutes and 3 a doubtful structure', () => {
    const model = minutesModel(
      [1, 2, 3, 4, 5, 6, 7, 8].map((sum) => past(4 + 3 * sum, sum)),
      'shown',
    );
    expect(model).toMatchObject({ method: 'line', tasks: 8 });
    expect(predictedMinutes(model, doubts(0.5, 0.5, 1))).toBeCloseTo(10, 6);
  });

  it('do not follow it where they did not', () => {
    const minutes = [5, 9, 4, 8, 6, 7, 5, 8];
    expect(
      minutesModel(
        minutes.map((each, i) => past(each, 1 - (i % 2))),
        'shown',
      ).method,
    ).toBe('median');
  });
});

describe('lots', () => {
  const series = Array.from({ length: 200 }, (_, i) => `${i + 1}_t2`);
  const policy = { controlShare: 0.1, doubleReadShare: 0.2 };

  it('meet their shares, the same each time, others for another seed', () => {
    const drawn = drawReadings(series, { seed: 1, round: 1 }, policy);
    const count = (reading: string) => [...drawn.values()].filter((each) => each === reading).length;
    expect(count('control')).toBeGreaterThanOrEqual(20);
    expect(count('control')).toBeLessThanOrEqual(21);
    expect(count('double')).toBeGreaterThanOrEqual(40);
    expect(drawReadings([...series].reverse(), { seed: 1, round: 1 }, policy)).toEqual(drawn);
    expect(drawReadings(series, { seed: 2, round: 1 }, policy)).not.toEqual(drawn);
    const audits = series.filter((id) => isDrawn('audit', { seed: 1, round: 1 }, id, 0.25)).length;
    expect(audits).toBeGreaterThan(30);
    expect(audits).toBeLessThan(70);
  });

  it('leave everything single where nothing is asked for', () => {
    const none = drawReadings(series, { seed: 1, round: 1 }, { controlShare: 0, doubleReadShare: 0 });
    expect(new Set(none.values())).toEqual(new Set(['single']));
    expect(isDrawn('audit', { seed: 1, round: 1 }, '1_t2', 0)).toBe(false);
  });

  it('audit what was left untouched or was quick', () => {
    expect(auditReason({ origin: 'accepted', minutes: 30 }, { quickMinutes: 2 })).toBe('untouched');
    expect(auditReason({ origin: 'corrected', minutes: 1.9 }, { quickMinutes: 2 })).toBe('quick');
    expect(auditReason({ origin: 'corrected', minutes: 2 }, { quickMinutes: 2 })).toBeNull();
  });
});

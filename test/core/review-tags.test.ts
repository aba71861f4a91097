import { expect, it } from 'vitest';
import type { Reference } from '../../core/catalog.ts';
import { newRecord } from '../../core/review-record.ts';
import { taskTags } from '../../core/review-tags.ts';
import { fromTags } from '../../core/task-tags.ts';

it('what a list knows of a task goes into tags and comes back', () => {
  const record = { ...newRecord(0), flags: ['pinned' as const], assignee: 'ada', barred: ['bob', 'cem'] };
  const demands = { roles: ['radiologist' as const], skills: ['lumbar', 'space'] };
  const tags = taskTags({ hospital: 'RH1', demands, notTo: ['bob'] }, record);
  const barred = ['not:bob', 'not:cem'];
  expect(tags).toEqual(['pinned', 'hospital:RH1', 'assignee:ada', 'skill:lumbar', 'skill:space', ...barred]);
  const known = {
    ...{ flags: ['pinned'], hospital: 'RH1', assignee: 'ada' },
    ...{ skills: ['lumbar', 'space'], notTo: ['bob', 'cem'] },
  };
  expect(fromTags(tags)).toEqual(known);
  expect(fromTags([...tags, 'skill:', 'skill:No Skill', 'not:No Name', 'whatever'])).toEqual(known);
  expect(fromTags([])).toEqual({});
});

it('a list knows that a senior does not read the own mask', () => {
  const candidate = { reviewer: 'ann' } as Reference;
  const record = { ...newRecord(0), candidate };
  expect(taskTags({}, { ...record, phase: 'second' })).toEqual(['not:ann']);
  expect(taskTags({}, { ...record, phase: 'first' })).toEqual([]); // sent back: it is hers again
});

import { expect, it } from 'vitest';
import { newRecord } from '../../core/review-record.ts';
import { fromTags, taskTags } from '../../core/review-tags.ts';

it('what a list knows of a task goes into tags and comes back', () => {
  const record = { ...newRecord(0), flags: ['pinned' as const], assignee: 'ada' };
  const tags = taskTags({ hospital: 'RH1', demands: { roles: ['radiologist'], skills: ['lumbar', 'space'] } }, record);
  expect(tags).toEqual(['pinned', 'hospital:RH1', 'assignee:ada', 'skill:lumbar', 'skill:space']);
  const known = { flags: ['pinned'], hospital: 'RH1', assignee: 'ada', skills: ['lumbar', 'space'] };
  expect(fromTags(tags)).toEqual(known);
  expect(fromTags([...tags, 'skill:', 'skill:No Skill', 'whatever'])).toEqual(known);
  expect(fromTags([])).toEqual({});
});

import { readElsewhere, type TaskRecord } from './review-record.ts';
import type { ReviewInput } from './review.ts';

/**
 * What a work list knows of a task beside its own attributes, in one list of words (the search attribute SpindleTags): flags as they
 * are, `hospital:<code>`, `assignee:<name>`, `skill:<name>` for each that it demands, `not:<name>` for each who has read the series already.
 */
export function taskTags(
  { hospital, demands, notTo }: Pick<ReviewInput, 'hospital' | 'demands' | 'notTo'>,
  record: Pick<TaskRecord, 'flags' | 'assignee' | 'barred' | 'phase' | 'candidate'>,
): string[] {
  return [
    ...record.flags,
    ...(hospital === undefined ? [] : [`hospital:${hospital}`]),
    ...(record.assignee === null ? [] : [`assignee:${record.assignee}`]),
    ...(demands?.skills ?? []).map((skill) => `skill:${skill}`),
    ...readElsewhere(record, notTo).map((name) => `not:${name}`),
  ];
}

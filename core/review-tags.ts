import { Hospital, ReviewerName } from './ids.ts';
import { readElsewhere, type TaskRecord } from './review-record.ts';
import { Skill, TaskFlag, type ReviewInput, type TaskRow } from './review.ts';

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

/** The inverse; words that say nothing are left out. */
export function fromTags(
  tags: readonly string[],
): Pick<TaskRow, 'flags' | 'hospital' | 'assignee' | 'skills' | 'notTo'> {
  const flags = tags.filter((tag): tag is TaskFlag => TaskFlag.safeParse(tag).success);
  const hospital = Hospital.safeParse(valuesOf(tags, 'hospital')[0]);
  const skills = valuesOf(tags, 'skill').filter((skill) => Skill.safeParse(skill).success);
  const notTo = valuesOf(tags, 'not').filter((name) => ReviewerName.safeParse(name).success);
  const assignee = ReviewerName.safeParse(valuesOf(tags, 'assignee')[0]);
  return {
    ...(flags.length > 0 && { flags }),
    ...(hospital.success && { hospital: hospital.data }),
    ...(assignee.success && { assignee: assignee.data }),
    ...(skills.length > 0 && { skills }),
    ...(notTo.length > 0 && { notTo }),
  };
}

function valuesOf(tags: readonly string[], key: string): string[] {
  return tags.flatMap((tag) => (tag.startsWith(`${key}:`) ? [tag.slice(key.length + 1)] : []));
}

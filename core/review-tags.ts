import { Hospital, ReviewerName } from './ids.ts';
import type { TaskRecord } from './review-record.ts';
import { Skill, TaskFlag, type ReviewInput, type TaskRow } from './review.ts';

/**
 * What a work list knows of a task beside its own attributes, in one list of words (the search attribute SpindleTags): flags as they
 * are, `hospital:<code>`, `assignee:<name>`, `skill:<name>` for each that it demands.
 */
export function taskTags(
  { hospital, demands }: Pick<ReviewInput, 'hospital' | 'demands'>,
  record: Pick<TaskRecord, 'flags' | 'assignee'>,
): string[] {
  return [
    ...record.flags,
    ...(hospital === undefined ? [] : [`hospital:${hospital}`]),
    ...(record.assignee === null ? [] : [`assignee:${record.assignee}`]),
    ...(demands?.skills ?? []).map((skill) => `skill:${skill}`),
  ];
}

/** The inverse; words that say nothing are left out. */
export function fromTags(tags: readonly string[]): Pick<TaskRow, 'flags' | 'hospital' | 'assignee' | 'skills'> {
  const flags = tags.filter((tag): tag is TaskFlag => TaskFlag.safeParse(tag).success);
  const hospital = Hospital.safeParse(valueOf(tags, 'hospital'));
  const skills = tags.flatMap((tag) => {
    const skill = Skill.safeParse(tag.startsWith('skill:') ? tag.slice('skill:'.length) : '');
    return skill.success ? [skill.data] : [];
  });
  const assignee = ReviewerName.safeParse(valueOf(tags, 'assignee'));
  return {
    ...(flags.length > 0 && { flags }),
    ...(hospital.success && { hospital: hospital.data }),
    ...(assignee.success && { assignee: assignee.data }),
    ...(skills.length > 0 && { skills }),
  };
}

function valueOf(tags: readonly string[], key: string): string | undefined {
  return tags.find((tag) => tag.startsWith(`${key}:`))?.slice(key.length + 1);
}

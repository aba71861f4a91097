import { Hospital, ReviewerName } from './ids.ts';
import { Skill, TaskFlag, type TaskRow } from './review.ts';

/** What the words of `taskTags` say; words that say nothing are left out. */
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

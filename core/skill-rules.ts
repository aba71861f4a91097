import { z } from 'zod';
import { parseSeriesId, Sequence, type SeriesId } from './ids.ts';
import { Skill, type Demands } from './review.ts';

/** A skill that whoever reviews has to have, for series of one sequence or, null, for all. */
export const SkillRule = z.object({ sequence: Sequence.nullable(), skill: Skill });
export type SkillRule = z.infer<typeof SkillRule>;

/** What a task demands by a campaign's rules, besides what it demands already (the role of whoever decides between reads). */
export function demandedFor(
  rules: readonly SkillRule[],
  series: SeriesId,
  besides: Demands | undefined,
): Demands | undefined {
  const { sequence } = parseSeriesId(series);
  const demanded = rules.filter((rule) => rule.sequence === null || rule.sequence === sequence);
  if (demanded.length === 0) return besides;
  const skills = [...(besides?.skills ?? []), ...demanded.map(({ skill }) => skill)];
  return { ...besides, skills: [...new Set(skills)].sort() };
}

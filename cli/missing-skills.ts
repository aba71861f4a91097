import { Assignees } from '../client/assignees.ts';
import type { CampaignPolicy } from '../core/loop.ts';
import type { CommandContext } from './context.ts';

/** A remark on skills that a policy demands and nobody has who reviews: such tasks wait until somebody is given them. */
export async function noteMissingSkills(context: CommandContext, { review }: CampaignPolicy): Promise<void> {
  const demanded = new Set((review?.skillRules ?? []).map(({ skill }) => skill));
  if (demanded.size === 0) return;
  const people = await new Assignees((await context.store()).bucket).all();
  const missing = [...demanded].filter((skill) => !people.some(({ skills = [] }) => skills.includes(skill)));
  if (missing.length === 0) return;
  context.output.note(
    `no account that reviews has ${missing.join(', ')}: those tasks wait until one does; \`spindle users skills\` gives skills`,
  );
}

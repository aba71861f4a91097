import { z } from 'zod';

/** What people are for, as `spindle users add --role` names it. */
export const ROLES = ['annotator', 'radiologist', 'lead', 'engineer', 'admin'] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

/** What somebody may do; each route of the API asks for one of them. */
export const RIGHTS = ['look', 'review', 'second-read', 'see-board', 'lead', 'read-audit', 'manage-accounts'] as const;
export const Right = z.enum(RIGHTS);
export type Right = z.infer<typeof Right>;

/** Who has which right. Nobody who may review is kept from looking; whoever has an account may look at tasks and volumes. */
export const ROLES_WITH: Readonly<Record<Right, readonly Role[]>> = {
  look: ROLES,
  /** Claim tasks, draw, answer. */
  review: ['annotator', 'radiologist', 'lead', 'admin'],
  /** Read after somebody else, and decide between two reads. */
  'second-read': ['radiologist', 'lead', 'admin'],
  /** Scores, throughput and model decisions: an annotator who sees how a model does draws differently. */
  'see-board': ['lead', 'engineer', 'admin'],
  /** Order and assign the work of others. */
  lead: ['lead', 'admin'],
  'read-audit': ['lead', 'admin'],
  'manage-accounts': ['admin'],
};

/** Whether a role has a right. */
export function mayDo(role: Role, right: Right): boolean {
  return ROLES_WITH[right].includes(role);
}

/** The rights of a role, in the order of `RIGHTS`. */
export function rightsOf(role: Role): Right[] {
  return RIGHTS.filter((right) => mayDo(role, right));
}

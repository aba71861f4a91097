import { z } from 'zod';
import { BiasControl } from './bias.ts';
import { MaskAudit } from './mask-audit.ts';
import { ReviewEntry, TaskView } from './review.ts';

/** What stays of review when its workflows are gone: three refs of a dataset, and an object for each task. */

export const FILED_REVIEW_SCHEMA = 'spindle.review/1';

/** The whole record of a settled task, as it was last shown: history, comments, masks with who changed what. */
export const FiledReview = z.object({ schema: z.literal(FILED_REVIEW_SCHEMA), task: TaskView });
export type FiledReview = z.infer<typeof FiledReview>;

/** `refs/<dataset>/reviews.json` */
export const ReviewLog = z.object({ reviews: z.array(ReviewEntry) });
export type ReviewLog = z.infer<typeof ReviewLog>;

/** `refs/<dataset>/controls.json` */
export const ControlLog = z.object({ controls: z.array(BiasControl) });
export type ControlLog = z.infer<typeof ControlLog>;

/** `refs/<dataset>/audits.json` */
export const AuditLog = z.object({ audits: z.array(MaskAudit) });
export type AuditLog = z.infer<typeof AuditLog>;

/** A list with further entries; one that is there already under the same key is replaced, so that filing twice is harmless. */
export function withEntries<T>(before: readonly T[], more: readonly T[], keyOf: (entry: T) => string): T[] {
  const replaced = new Set(more.map(keyOf));
  return [...before.filter((entry) => !replaced.has(keyOf(entry))), ...more];
}

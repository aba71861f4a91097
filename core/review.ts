import { z } from 'zod';
import { Reference, StoredVolume } from './catalog.ts';
import { GateResult } from './gate-result.ts';
import { Digest, ObjectRef, ReviewerName, SeriesId, TaskId } from './ids.ts';
import { STRUCTURE_CLASSES } from './labels.ts';

/** A review task: one proposal to check. These are the shapes of the task API, the CLI, the workflow's updates and queries. */

export const StructureDoubt = z.object({
  label: z.int(),
  voxels: z.int().nonnegative(),
  /** 0 (certain) to 1. */
  doubt: z.number().min(0).max(1),
});
export type StructureDoubt = z.infer<typeof StructureDoubt>;

export const ReviewInput = z.object({
  task: TaskId,
  series: SeriesId,
  round: z.int().nonnegative(),
  /** `misalignment`: a mask carried over from the SPACE series; `proposal`: a mask by a model. */
  kind: z.enum(['misalignment', 'proposal']),
  image: StoredVolume,
  proposal: StoredVolume,
  modelDigest: Digest.nullable(),
  doubt: z.number().min(0).max(1),
  structures: z.array(StructureDoubt),
  /** Gates the proposal did not pass: shown to the reviewer as hints. */
  gates: z.array(GateResult),
  /** How long a claim holds without renewal before the task goes back to the queue. */
  leaseMs: z.int().positive(),
});
export type ReviewInput = z.infer<typeof ReviewInput>;

/** Another image of a task's study. */
export const Companion = z.object({ series: SeriesId, image: StoredVolume });
export type Companion = z.infer<typeof Companion>;

export const TaskState = z.enum(['queued', 'claimed', 'checking', 'accepted', 'excluded']);
export type TaskState = z.infer<typeof TaskState>;

export const TaskEvent = z.object({
  at: z.string(),
  event: z.enum(['queued', 'claimed', 'lease-lapsed', 'submitted', 'refused', 'accepted', 'excluded']),
  reviewer: ReviewerName.nullable(),
  note: z.string(),
});
export type TaskEvent = z.infer<typeof TaskEvent>;

/** What the `taskQuery` answers. */
export const TaskView = z.object({
  ...ReviewInput.omit({ leaseMs: true }).shape,
  state: TaskState,
  reviewer: ReviewerName.nullable(),
  leaseUntil: z.string().nullable(),
  history: z.array(TaskEvent),
  /** What the gates said of the last submission. */
  lastGates: z.array(GateResult),
  reference: Reference.nullable(),
});
export type TaskView = z.infer<typeof TaskView>;

export const ClaimRequest = z.object({ reviewer: ReviewerName });
export type ClaimRequest = z.infer<typeof ClaimRequest>;

export const Verdict = z.discriminatedUnion('verdict', [
  /** The proposal is right as it is. */
  z.object({ verdict: z.literal('accept') }),
  /**
   * A corrected mask, already uploaded to `uploads/<task>/<digest>`. `annotatedClasses`: the classes the reviewer answers for,
   * all three when left out; the others are taken out of the mask before it becomes a reference.
   */
  z.object({
    verdict: z.literal('correct'),
    upload: ObjectRef,
    annotatedClasses: z.array(z.enum(STRUCTURE_CLASSES)).min(1).optional(),
  }),
  z.object({ verdict: z.literal('exclude'), reason: z.string().trim().min(3).max(500) }),
]);
export type Verdict = z.infer<typeof Verdict>;

export const SubmitRequest = z.object({
  reviewer: ReviewerName,
  /** Digest of the proposal the reviewer looked at: a verdict on something else is refused. */
  baseDigest: Digest,
  minutes: z
    .number()
    .nonnegative()
    .max(24 * 60),
  verdict: Verdict,
});
export type SubmitRequest = z.infer<typeof SubmitRequest>;

/** `refused` leaves the task claimed by the same reviewer, with the gates as reasons; the upload stays where it is. */
export const SubmitResult = z.object({
  outcome: z.enum(['accepted', 'excluded', 'refused']),
  gates: z.array(GateResult),
});
export type SubmitResult = z.infer<typeof SubmitResult>;

/** One row of a work list, from search attributes: fine for a list, never for a decision. */
export const TaskRow = z.object({
  task: TaskId,
  series: SeriesId,
  round: z.int(),
  state: TaskState,
  kind: ReviewInput.shape.kind,
  doubt: z.number(),
  reviewer: ReviewerName.nullable(),
});
export type TaskRow = z.infer<typeof TaskRow>;

/** What a finished review workflow returns to its round. */
export const ReviewOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted'), series: SeriesId, reference: Reference }),
  z.object({ outcome: z.literal('excluded'), series: SeriesId, reason: z.string() }),
]);
export type ReviewOutcome = z.infer<typeof ReviewOutcome>;

import { z } from 'zod';
import { Reference, StoredVolume } from './catalog.ts';
import { GateResult } from './gate-result.ts';
import { Digest, Hospital, ObjectRef, ReviewerName, SeriesId, TaskId } from './ids.ts';
import { STRUCTURE_CLASSES } from './labels.ts';
import { Role } from './roles.ts';

/** A review task: one proposal to check. These are the shapes of the task API, the CLI, the workflow's updates and queries. */

export const StructureDoubt = z.object({
  label: z.int(),
  voxels: z.int().nonnegative(),
  /** 0 (certain) to 1. */
  doubt: z.number().min(0).max(1),
});
export type StructureDoubt = z.infer<typeof StructureDoubt>;

/**
 * What is to be done. `misalignment`: check a mask carried over from the SPACE series; `proposal`: check a mask by a model; `blind`: draw
 * from nothing, as a control; `adjudication`: decide between two independent reads; `audit`: read an accepted mask once more;
 * `erratum`: look at a reference that somebody outside says is wrong.
 */
export const TaskKind = z.enum(['misalignment', 'proposal', 'blind', 'adjudication', 'audit', 'erratum']);
export type TaskKind = z.infer<typeof TaskKind>;

/** What a reviewer can do besides a role, e.g. "scoliosis". */
export const Skill = z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'expected a skill of lower-case letters and hyphens');
export type Skill = z.infer<typeof Skill>;

/** What a task demands of its reviewer: one of the roles, and every skill. */
export const Demands = z.object({ roles: z.array(Role).min(1).optional(), skills: z.array(Skill).optional() });
export type Demands = z.infer<typeof Demands>;

/** A mask to choose from in an adjudication. */
export const Candidate = z.object({ task: TaskId, mask: StoredVolume });
export type Candidate = z.infer<typeof Candidate>;

const VoxelIndex = z.tuple([
  z.int().nonnegative().max(65535),
  z.int().nonnegative().max(65535),
  z.int().nonnegative().max(65535),
]);

export const ReviewInput = z.object({
  task: TaskId,
  series: SeriesId,
  round: z.int().nonnegative(),
  kind: TaskKind,
  image: StoredVolume,
  proposal: StoredVolume,
  modelDigest: Digest.nullable(),
  doubt: z.number().min(0).max(1),
  structures: z.array(StructureDoubt),
  /** Gates the proposal did not pass: shown to the reviewer as hints. */
  gates: z.array(GateResult),
  /** How long a claim holds without renewal before the task goes back to the queue. */
  leaseMs: z.int().positive(),
  hospital: Hospital.optional(),
  /** Voxels along each index axis; null and absent: not known, then a comment's position is not held against it. */
  size: VoxelIndex.optional(),
  /** How long it will take, by past tasks; absent: too few to say. */
  expectedMinutes: z.number().nonnegative().optional(),
  /** The other reads of this series that must not influence this one, nor it them. */
  independentOf: z.array(TaskId).optional(),
  /** People who have read the series already. */
  notTo: z.array(ReviewerName).optional(),
  demands: Demands.optional(),
  /** Why a senior reads what passes the gates: by lot, or because of its doubt. Absent: nobody does. */
  secondRead: z.enum(['lot', 'doubt']).optional(),
  /** Escalated when it isn't answered so long after it was opened, and given to that person (absent: to anybody). */
  answerWithinMs: z.int().positive().optional(),
  escalateTo: ReviewerName.optional(),
  /** In an adjudication: the masks to decide between, one where the other reader excluded the series. */
  candidates: z.array(Candidate).optional(),
  /** Why that reader did. */
  excludedBecause: z.string().optional(),
});
export type ReviewInput = z.infer<typeof ReviewInput>;

/** Another image of a task's study. */
export const Companion = z.object({ series: SeriesId, image: StoredVolume });
export type Companion = z.infer<typeof Companion>;

/** `sent-back` waits for its author, `second-read` for a senior; both are claimed like a queued one. */
export const TaskState = z.enum(['queued', 'claimed', 'checking', 'sent-back', 'second-read', 'accepted', 'excluded']);
export type TaskState = z.infer<typeof TaskState>;

export const TaskEvent = z.object({
  at: z.string(),
  event: z.enum([
    ...['queued', 'claimed', 'lease-lapsed', 'submitted', 'refused', 'accepted', 'excluded'],
    ...['second-read', 'sent-back', 'released', 'reassigned', 'escalated'],
    ...['paused', 'resumed', 'pinned', 'unpinned', 'skipped', 'unskipped'],
  ] as const),
  reviewer: ReviewerName.nullable(),
  note: z.string(),
});
export type TaskEvent = z.infer<typeof TaskEvent>;

/** What somebody said about a place in the volume. Plain text: whoever shows it must not take it for markup. */
export const CommentText = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .regex(/^[^\p{Cc}\p{Cf}]*(\n[^\p{Cc}\p{Cf}]*)*$/u, 'expected text without control characters');
export const Comment = z.object({ at: z.string(), by: ReviewerName, voxel: VoxelIndex, text: CommentText });
export type Comment = z.infer<typeof Comment>;

/** A mask that passed the gates in this task, and what its author changed. */
export const MaskEntry = z.object({
  at: z.string(),
  by: ReviewerName,
  minutes: z.number().nonnegative(),
  mask: StoredVolume,
  /** What it was made from. */
  baseDigest: Digest,
  voxelsChanged: z.int().nonnegative(),
  /** Structures that differ from the base. A label is null on the side that does not have it. */
  structures: z.array(
    z.object({
      before: z.int().nullable(),
      after: z.int().nullable(),
      voxelsChanged: z.int().nonnegative(),
    }),
  ),
});
export type MaskEntry = z.infer<typeof MaskEntry>;

/** Another read of the same series, as the task service knows it. `readers`: who ever claimed it. */
export const Sibling = z.object({ task: TaskId, state: TaskState, readers: z.array(ReviewerName) });
export type Sibling = z.infer<typeof Sibling>;

/** What leads set, and what time did. */
export const TaskFlag = z.enum(['pinned', 'skipped', 'paused', 'escalated']);
export type TaskFlag = z.infer<typeof TaskFlag>;

/**
 * What the `taskQuery` answers. In a second read, and when it was sent back, `proposal` is the mask that is spoken of; what is absent is
 * not the case.
 */
export const TaskView = z.object({
  ...ReviewInput.omit({ leaseMs: true }).shape,
  state: TaskState,
  reviewer: ReviewerName.nullable(),
  leaseUntil: z.string().nullable(),
  history: z.array(TaskEvent),
  /** What the gates said of the last submission. */
  lastGates: z.array(GateResult),
  reference: Reference.nullable(),
  /** The only one who may claim it. */
  assignee: ReviewerName.optional(),
  flags: z.array(TaskFlag).optional(),
  answerBy: z.string().optional(),
  /** Why a senior sent it back. */
  sentBackBecause: z.string().optional(),
  comments: z.array(Comment).optional(),
  masks: z.array(MaskEntry).optional(),
  siblings: z.array(Sibling).optional(),
});
export type TaskView = z.infer<typeof TaskView>;

/** `role` and `skills` are the server's word for what the account has, never the client's. */
export const ClaimRequest = z.object({
  reviewer: ReviewerName,
  role: Role.optional(),
  skills: z.array(Skill).optional(),
});
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
  /** By the senior of a second read: the author is to look again. */
  z.object({ verdict: z.literal('send-back'), reason: z.string().trim().min(3).max(500) }),
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

/**
 * `refused` leaves the task claimed by the same reviewer, with the gates as reasons; the upload stays where it is. `second-read`: it
 * passed, and a senior reads it next; `sent-back`: it is its author's again.
 */
export const SubmitResult = z.object({
  outcome: z.enum(['accepted', 'excluded', 'refused', 'second-read', 'sent-back']),
  gates: z.array(GateResult),
});
export type SubmitResult = z.infer<typeof SubmitResult>;

/** One row of a work list, from search attributes: fine for a list, never for a decision. */
export const TaskRow = z.object({
  task: TaskId,
  series: SeriesId,
  round: z.int(),
  state: TaskState,
  kind: TaskKind,
  doubt: z.number(),
  reviewer: ReviewerName.nullable(),
  hospital: Hospital.optional(),
  expectedMinutes: z.number().optional(),
  assignee: ReviewerName.optional(),
  flags: z.array(TaskFlag).optional(),
  /** Those that it demands of its reviewer. */
  skills: z.array(Skill).optional(),
  /** Who can never claim it: they have read the series already. */
  notTo: z.array(ReviewerName).optional(),
});
export type TaskRow = z.infer<typeof TaskRow>;

/** A settled task, as the dataset's records name it. */
export const ReviewEntry = z.object({
  task: TaskId,
  series: SeriesId,
  round: z.int().nonnegative(),
  kind: TaskKind,
  outcome: z.enum(['accepted', 'excluded']),
  reviewer: ReviewerName.nullable(),
  /** Of everybody who worked on it. */
  minutes: z.number().nonnegative(),
  /** Of the proposal: how many structures, and the sum of their doubts. */
  structures: z.int().nonnegative(),
  doubtSum: z.number().nonnegative(),
  /** The whole record, a FiledReview (core/review-records.ts). */
  record: ObjectRef,
});
export type ReviewEntry = z.infer<typeof ReviewEntry>;

const ENDED = { readers: z.array(ReviewerName).optional(), entry: ReviewEntry.optional() };

/** What a finished review workflow returns to its round. */
export const ReviewOutcome = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted'), series: SeriesId, reference: Reference, ...ENDED }),
  z.object({ outcome: z.literal('excluded'), series: SeriesId, reason: z.string(), ...ENDED }),
]);
export type ReviewOutcome = z.infer<typeof ReviewOutcome>;

import { z } from 'zod';
import { AccountName } from '../core/accounts.ts';
import { AuditEntry } from '../core/audit.ts';
import { BiasReport } from '../core/bias-report.ts';
import { ReceivedReport } from '../core/erratum-report.ts';
import { Erratum, PublicText } from '../core/erratum.ts';
import { DatasetName, Digest, ObjectRef, ReviewerName, TaskId } from '../core/ids.ts';
import { STRUCTURE_CLASSES } from '../core/labels.ts';
import { CampaignState, RoundReport, RoundState } from '../core/loop.ts';
import { AuditReport } from '../core/mask-audit.ts';
import { Companion, Skill, SubmitRequest, TaskRow } from '../core/review.ts';
import { Right, Role } from '../core/roles.ts';

/** Shapes of the HTTP API beside those of core/review.ts; the server answers with them and the page checks them. */

/** The body of every error answer (RFC 9457, `application/problem+json`). `type` is a stable name to branch on. */
export const Problem = z.object({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() });
export type Problem = z.infer<typeof Problem>;

/** `GET /api/tasks`. `next`: the cursor of the next page, null at the end; `total`: tasks on all pages together. */
export const TaskList = z.object({
  tasks: z.array(TaskRow),
  next: z.string().nullable(),
  total: z.int().nonnegative(),
});
export type TaskList = z.infer<typeof TaskList>;

/** `GET /api/tasks/…/companions` */
export const CompanionList = z.object({ companions: z.array(Companion) });
export type CompanionList = z.infer<typeof CompanionList>;

/** `GET /api/structures`: red, green and blue are 0 to 255. */
export const StructureList = z.object({
  structures: z.array(
    z.object({
      label: z.int(),
      name: z.string(),
      structure: z.enum(STRUCTURE_CLASSES),
      colour: z.tuple([z.int(), z.int(), z.int()]),
    }),
  ),
});
export type StructureList = z.infer<typeof StructureList>;

/** `GET /api/datasets`: the names, and where people look at the workflows. */
export const DatasetList = z.object({ datasets: z.array(DatasetName), temporalUiUrl: z.string().nullable() });
export type DatasetList = z.infer<typeof DatasetList>;

/** `GET /api/datasets/:dataset`: what the board shows. */
export const DatasetBoard = z.object({
  state: CampaignState.nullable(),
  round: RoundState.nullable(),
  reports: z.array(RoundReport),
});
export type DatasetBoard = z.infer<typeof DatasetBoard>;

/** `GET /api/datasets/:dataset/findings`: how well review does; `rounds`: those of which there is anything, ascending. */
export const FindingsView = z.object({ rounds: z.array(z.int()), bias: BiasReport, audits: AuditReport });
export type FindingsView = z.infer<typeof FindingsView>;

/** Whoever is signed in, and what their role may do. `name` is null for whoever came with the access token. */
export const SignedIn = z.object({
  name: AccountName.nullable(),
  role: Role,
  rights: z.array(Right),
  /** What tasks may ask for besides a role. */
  skills: z.array(Skill),
  /** When the session ends if it isn't used before; null for the access token itself. */
  expiresAt: z.string().nullable(),
});
export type SignedIn = z.infer<typeof SignedIn>;

/** `GET /api/session`: who is signed in, null when nobody is, and how one can. */
export const SessionView = z.object({
  session: SignedIn.nullable(),
  ways: z.array(z.enum(['password', 'oidc'])),
});
export type SessionView = z.infer<typeof SessionView>;

/** `POST /api/session`. With `token: true` the answer carries a token for a program, and no cookie. */
export const SignInRequest = z.union([
  z.strictObject({
    name: z.string().max(100),
    password: z.string().max(1024),
    token: z.boolean().optional(),
    /** What the token is for. */
    label: z.string().max(80).optional(),
  }),
  z.strictObject({ accessToken: z.string().max(1024) }),
]);
export type SignInRequest = z.infer<typeof SignInRequest>;

/** The answer to a sign-in. */
export const SignInAnswer = z.object({ session: SignedIn, token: z.string().optional() });
export type SignInAnswer = z.infer<typeof SignInAnswer>;

/** The reviewer may be left out: whoever is signed in. Only the access token may name one. */
export const ClaimBody = z.object({ reviewer: ReviewerName.optional() });
export const SubmitBody = SubmitRequest.extend({ reviewer: ReviewerName.optional() });

/** A draft as its author is told of it; its mask is `…/draft/mask.mha`. */
export const DraftView = z.object({
  task: TaskId,
  reviewer: ReviewerName,
  baseDigest: Digest,
  mask: ObjectRef,
  minutes: z.number(),
  savedAt: z.string(),
});
export type DraftView = z.infer<typeof DraftView>;

/** `GET /api/audit-log`, newest first. `next`: give it as `before` for older ones; null at the beginning of the log. */
export const AuditList = z.object({
  entries: z.array(AuditEntry.extend({ page: z.int().positive() })),
  next: z.int().nullable(),
});
export type AuditList = z.infer<typeof AuditList>;

/** `GET /api/people`: empty where the installation has no accounts. */
export const PeopleList = z.object({
  people: z.array(z.object({ name: AccountName, role: Role, skills: z.array(Skill) })),
});
export type PeopleList = z.infer<typeof PeopleList>;

/** `POST /api/moves`: what came of each. */
export const MoveResults = z.object({
  results: z.array(z.object({ task: TaskId, made: z.boolean(), detail: z.string() })),
});
export type MoveResults = z.infer<typeof MoveResults>;

/** `GET /api/errata`: the public datasets, and the newest release of each. */
export const OpenDatasets = z.object({ datasets: z.array(z.object({ dataset: DatasetName, release: z.string() })) });
export type OpenDatasets = z.infer<typeof OpenDatasets>;

/** `GET /api/datasets/:dataset/errata`. */
export const ErrataList = z.object({ reports: z.array(ReceivedReport), errata: z.array(Erratum) });
export type ErrataList = z.infer<typeof ErrataList>;

/** The reviewer may be left out: whoever is signed in. Only the access token may name one. */
export const AcceptBody = z.strictObject({ reviewer: ReviewerName.optional() });
export const DismissBody = AcceptBody.extend({ reason: PublicText });

export const Accepted = z.object({ report: ReceivedReport, erratum: Erratum, releaseUnknown: z.boolean() });
export type Accepted = z.infer<typeof Accepted>;

import type { Reference, StoredVolume } from './catalog.ts';
import { hasRead, released } from './review-moves.ts';
import { isSettled, logged, newRecord, openState, type TaskRecord } from './review-record.ts';
import type { ClaimRequest, MaskEntry, ReviewInput, SubmitRequest, SubmitResult, TaskView } from './review.ts';
import { mayDo, ROLES_WITH, type Role } from './roles.ts';

export { newRecord, type TaskRecord };

/**
 * The life of a review task, without Temporal:
 *   queued → claimed → checking → accepted | excluded, or back to claimed when the gates refuse;
 *   where a senior reads it too, checking → second-read → claimed → checking → accepted, or → sent-back, which its author claims;
 *   a claim whose lease lapses goes back to where it was claimed from. What leads do beside it: core/review-moves.ts.
 * `may…` return why a request can't be taken (null: it can); the other functions return the next record.
 */

/** What a claim says of the reviewer; a name alone has no role and no skills. */
type Claimant = string | ClaimRequest;

/** `input`: what the task demands; a task that demands nothing can do without. */
export function mayClaim(record: TaskRecord, claimant: Claimant, input?: ReviewInput): string | null {
  const request: ClaimRequest = typeof claimant === 'string' ? { reviewer: claimant } : claimant;
  const { reviewer } = request;
  if (record.state === 'claimed') return record.reviewer === reviewer ? null : `claimed by ${record.reviewer}`;
  if (record.state === 'checking') return `a submission of ${record.reviewer} is being checked`;
  if (isSettled(record)) return `already ${record.state}`;
  if (record.flags.includes('paused')) return 'paused by a lead';
  if (record.assignee !== null && record.assignee !== reviewer) return `assigned to ${record.assignee}`;
  if (input && hasRead(record, input, reviewer)) return `${reviewer} has read this series already`;
  return missing({ demands: input?.demands, isSecond: record.phase === 'second' }, request);
}

/** What a task demands and somebody has not: a senior's role where one reads it next, one of the roles, or a skill; null: nothing. */
export function missing(
  { demands, isSecond }: { demands: ReviewInput['demands']; isSecond: boolean },
  { role, skills = [] }: Pick<ClaimRequest, 'role' | 'skills'>,
): string | null {
  if (isSecond && (role === undefined || !mayDo(role, 'second-read'))) {
    const seniors = ROLES_WITH['second-read'].map(withArticle).join(' or ');
    return `a senior reads it next (${seniors}), not ${withArticle(role)}`;
  }
  const { roles, skills: wanted = [] } = demands ?? {};
  if (roles && (role === undefined || !roles.includes(role))) {
    return `it is for ${roles.map(withArticle).join(' or ')}, not ${withArticle(role)}`;
  }
  const lacking = wanted.filter((skill) => !skills.includes(skill));
  return lacking.length === 0 ? null : `it asks for ${lacking.join(', ')}`;
}

function withArticle(role: Role | undefined): string {
  return role === undefined ? 'somebody without a role' : `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`;
}

export function claimed(record: TaskRecord, reviewer: string, nowMs: number, leaseMs: number): TaskRecord {
  const renewal = record.state === 'claimed' && record.reviewer === reviewer;
  const next: TaskRecord = { ...record, state: 'claimed', reviewer, leaseUntilMs: nowMs + leaseMs };
  return renewal ? next : logged(next, nowMs, 'claimed', reviewer, '');
}

export function lapsed(record: TaskRecord, nowMs: number): TaskRecord {
  return released(record, nowMs, 'lease-lapsed', '');
}

/** The mask that is spoken of: the proposal, or what an author made of it and a senior reads or has sent back. */
export function baseOf(record: TaskRecord, input: ReviewInput): StoredVolume {
  return record.candidate?.mask ?? input.proposal;
}

export function maySubmit(record: TaskRecord, input: ReviewInput, request: SubmitRequest): string | null {
  if (repeated(record, request) || isPending(record, request)) return null;
  if (record.state === openState(record)) {
    return record.state === 'second-read' && record.candidate?.reviewer === request.reviewer
      ? 'it was submitted already; a senior reads it next'
      : 'nobody holds this task: claim it first (a claim may have lapsed)';
  }
  if (record.state !== 'claimed') return mayClaim(record, request.reviewer) ?? `already ${record.state}`;
  if (record.reviewer !== request.reviewer) return `claimed by ${record.reviewer}`;
  const base = baseOf(record, input);
  if (request.baseDigest !== base.digest) {
    return `the verdict is on proposal ${request.baseDigest.slice(0, 12)}, the task's is ${base.digest.slice(0, 12)}`;
  }
  return request.verdict.verdict === 'send-back' && record.phase === 'first'
    ? 'there is nobody to send it back to'
    : null;
}

/** The answer given before, when the very same submission comes again. */
export function repeated(record: TaskRecord, request: SubmitRequest): SubmitResult | null {
  const last = record.lastSubmit;
  if (!last || last.result.outcome === 'refused') return null;
  // A senior may accept what the author accepted before: one's own answer is meant, on the same mask.
  return sameSubmission(last.request, request) && last.request.baseDigest === request.baseDigest ? last.result : null;
}

/** Whether the very same submission is being checked: its answer is this one's too. */
export function isPending(record: TaskRecord, request: SubmitRequest): boolean {
  return record.pending !== null && sameSubmission(record.pending, request);
}

export function sameSubmission(a: SubmitRequest, b: SubmitRequest): boolean {
  return a.reviewer === b.reviewer && JSON.stringify(a.verdict) === JSON.stringify(b.verdict);
}

export function checking(record: TaskRecord, request: SubmitRequest, nowMs: number): TaskRecord {
  return logged(
    { ...record, state: 'checking', pending: request },
    nowMs,
    'submitted',
    request.reviewer,
    request.verdict.verdict,
  );
}

/** An answer that needs no gates: a senior agrees, or sends the mask back. Null where the mask must be checked. */
export function answerWithoutCheck(
  record: TaskRecord,
  { verdict }: SubmitRequest,
): { result: SubmitResult; reference: Reference | null } | null {
  if (record.phase !== 'second') return null;
  if (verdict.verdict === 'send-back') return { result: { outcome: 'sent-back', gates: [] }, reference: null };
  if (verdict.verdict !== 'accept') return null;
  return { result: { outcome: 'accepted', gates: record.lastGates }, reference: record.candidate };
}

/** What a check came to in this task: a mask that passed may still have to wait for a senior. */
export function resultFor(record: TaskRecord, input: ReviewInput, result: SubmitResult): SubmitResult {
  const waits = result.outcome === 'accepted' && input.secondRead !== undefined && record.phase === 'first';
  return waits ? { ...result, outcome: 'second-read' } : result;
}

/**
 * After the gates: the task ends, goes back to its reviewer, whose lease starts anew, or waits for a senior or its author. `mask`: what
 * was handed in, for the record. A reference states the minutes of everybody who worked on it.
 */
export function checked(
  record: TaskRecord,
  request: SubmitRequest,
  result: SubmitResult,
  reference: Reference | null,
  nowMs: number,
  leaseMs: number,
  mask?: Omit<MaskEntry, 'at' | 'by' | 'minutes'>,
): TaskRecord {
  const { reviewer, minutes, verdict } = request;
  const entry = mask && { at: new Date(nowMs).toISOString(), by: reviewer, minutes, ...mask };
  const common: TaskRecord = {
    ...record,
    pending: null,
    lastGates: result.gates,
    lastSubmit: { request, result },
    masks: entry ? [...record.masks, entry] : record.masks,
  };
  const total = reference && { ...reference, minutes: (record.candidate?.minutes ?? 0) + minutes };
  const over: TaskRecord = { ...common, leaseUntilMs: null };
  switch (result.outcome) {
    case 'refused': {
      const why = result.gates.filter((gate) => !gate.passed && gate.severity === 'refuse').map((gate) => gate.gate);
      const next: TaskRecord = { ...common, state: 'claimed', leaseUntilMs: nowMs + leaseMs };
      return logged(next, nowMs, 'refused', reviewer, why.join(', '));
    }
    case 'second-read': {
      const next: TaskRecord = { ...over, state: 'second-read', phase: 'second', candidate: total, reviewer: null };
      return logged({ ...next, assignee: null, sentBackBecause: null }, nowMs, 'second-read', reviewer, '');
    }
    case 'sent-back': {
      const why = verdict.verdict === 'send-back' ? verdict.reason : '';
      const candidate = record.candidate && { ...record.candidate, minutes: record.candidate.minutes + minutes };
      const assignee = record.candidate?.reviewer ?? null;
      const next: TaskRecord = { ...over, state: 'sent-back', phase: 'first', candidate, assignee, reviewer: null };
      return logged({ ...next, sentBackBecause: why }, nowMs, 'sent-back', reviewer, why);
    }
    case 'accepted':
    case 'excluded': {
      const excludedReason = verdict.verdict === 'exclude' ? verdict.reason : null;
      const next: TaskRecord = { ...over, state: result.outcome, reference: total, excludedReason };
      return logged(next, nowMs, result.outcome, reviewer, excludedReason ?? '');
    }
  }
}

/** The check itself broke (not the mask): the task is the reviewer's again and the upload is where it was. */
export function checkBroke(record: TaskRecord, nowMs: number, leaseMs: number): TaskRecord {
  return { ...record, state: 'claimed', pending: null, leaseUntilMs: nowMs + leaseMs };
}

export function viewOf(input: ReviewInput, record: TaskRecord): TaskView {
  const { leaseMs: _, ...shown } = input;
  const timeOf = (ms: number) => new Date(ms).toISOString();
  return {
    ...shown,
    proposal: baseOf(record, input),
    state: record.state,
    reviewer: record.reviewer,
    leaseUntil: record.leaseUntilMs === null ? null : timeOf(record.leaseUntilMs),
    history: record.history,
    lastGates: record.lastGates,
    reference: record.reference,
    ...(record.assignee !== null && { assignee: record.assignee }),
    ...(record.flags.length > 0 && { flags: record.flags }),
    ...(record.answerByMs !== null && { answerBy: timeOf(record.answerByMs) }),
    ...(record.sentBackBecause !== null && { sentBackBecause: record.sentBackBecause }),
    ...(record.comments.length > 0 && { comments: record.comments }),
    ...(record.masks.length > 0 && { masks: record.masks }),
  };
}

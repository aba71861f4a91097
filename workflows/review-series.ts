import { startChild } from '@temporalio/workflow';
import type { BiasControl } from '../core/bias.ts';
import { taskId, workflowId, type ReadName } from '../core/ids.ts';
import { STRUCTURE_CLASSES } from '../core/labels.ts';
import type { ReviewPolicy, RoundInput } from '../core/loop.ts';
import type { MaskAudit } from '../core/mask-audit.ts';
import { auditReason, isDrawn, type Reading } from '../core/review-draw.ts';
import type { ReviewEntry, ReviewInput, ReviewOutcome } from '../core/review.ts';
import { ROLES_WITH } from '../core/roles.ts';
import { demandedFor } from '../core/skill-rules.ts';
import { imaging } from './activities.ts';
import { reviewTask } from './review-task.ts';
import type { RoundProgress } from './round.ts';

/** A series to have read: everything of a task but its id and what depends on the read. */
export type ToRead = Omit<ReviewInput, 'task' | 'round' | 'leaseMs'>;

/** The same with what its dataset's records know: the patient, and how long a drawing from nothing takes. */
export interface KnownSeries extends ToRead {
  patient?: string;
  blindMinutes?: number;
}

/** A series that people have settled, with all that came of it. */
export interface SettledSeries {
  outcome: ReviewOutcome;
  entries: ReviewEntry[];
  control: BiasControl | null;
  audit: MaskAudit | null;
}

/**
 * Has one series read as the lot says: by one person, by two who don't know of each other, or by one who corrects and one who draws from
 * nothing; then, where the lot says so, audited by another one.
 */
export async function settleSeries(
  input: RoundInput,
  item: KnownSeries,
  reading: Reading,
  progress: RoundProgress,
): Promise<SettledSeries> {
  const reader = new Reader(input, item, progress);
  const first =
    reading === 'control'
      ? await reader.control()
      : reading === 'double'
        ? await reader.double()
        : await reader.single();
  return reader.audited(first);
}

type Accepted = Extract<ReviewOutcome, { outcome: 'accepted' }>;

class Reader {
  private readonly policy: ReviewPolicy | undefined;
  private readonly lot: { seed: number; round: number };

  constructor(
    private readonly input: RoundInput,
    private readonly item: KnownSeries,
    private readonly progress: RoundProgress,
  ) {
    this.policy = input.policy.review;
    this.lot = { seed: input.policy.seed, round: input.round };
  }

  async single(): Promise<SettledSeries> {
    return settled(await this.read({ ...this.item, ...this.secondRead() }));
  }

  /** Two reads, neither shown to the other's reader; a third where they differ. */
  async double(): Promise<SettledSeries> {
    const [a, b] = await Promise.all([
      this.read({ ...this.item, independentOf: [this.task('second')] }),
      this.read({ ...this.item, independentOf: [this.task()] }, 'second'),
    ]);
    const entries = entriesOf(a, b);
    if (await this.agree(a, b)) return { ...settled(a), entries };
    const candidates = [
      ...(a.outcome === 'accepted' ? [{ task: this.task(), mask: a.reference.mask }] : []),
      ...(b.outcome === 'accepted' ? [{ task: this.task('second'), mask: b.reference.mask }] : []),
    ];
    const excluded = [a, b].find((read) => read.outcome === 'excluded');
    const decision = await this.read(
      {
        ...this.item,
        kind: 'adjudication',
        proposal: candidates[0]!.mask,
        candidates,
        ...(excluded && { excludedBecause: excluded.reason }),
        notTo: readersOf(a, b),
        demands: { roles: [...ROLES_WITH['second-read']] },
      },
      'adjudication',
    );
    return { ...settled(decision), entries: [...entries, ...entriesOf(decision)] };
  }

  /** One corrects the proposal, one draws from nothing; the correction becomes the reference. */
  async control(): Promise<SettledSeries> {
    const { proposal, blindMinutes, expectedMinutes: _, ...item } = this.item;
    const blank = await imaging.emptyProposal({ proposal });
    const hidden: KnownSeries = {
      ...{ ...item, proposal: blank, modelDigest: null, structures: [], gates: [] },
      kind: 'blind',
      ...(blindMinutes !== undefined && { expectedMinutes: blindMinutes }),
    };
    const [corrected, blinded] = await Promise.all([
      this.read({ ...this.item, independentOf: [this.task('blind')] }),
      this.read({ ...hidden, independentOf: [this.task()] }, 'blind'),
    ]);
    const control =
      corrected.outcome === 'accepted' && blinded.outcome === 'accepted'
        ? await this.measured(corrected, blinded)
        : null;
    return { ...settled(corrected), entries: entriesOf(corrected, blinded), control };
  }

  /** Another person looks once more at what was accepted untouched or quickly, if the lot falls on it. */
  async audited(first: SettledSeries): Promise<SettledSeries> {
    const { outcome } = first;
    if (!this.policy || outcome.outcome !== 'accepted') return first;
    const { series, patient } = this.item;
    const reason = auditReason(outcome.reference, this.policy);
    if (reason === null || patient === undefined) return first;
    if (!isDrawn('audit', this.lot, series, this.policy.auditShare)) return first;
    const accepted = outcome.reference;
    const again = await this.read(
      {
        ...this.item,
        kind: 'audit',
        proposal: accepted.mask,
        structures: [],
        gates: [],
        notTo: [...new Set(first.entries.flatMap(({ reviewer }) => reviewer ?? []).concat(outcome.readers ?? []))],
      },
      'audit',
    );
    const [entry] = entriesOf(again);
    const audited = again.outcome === 'accepted' ? again.reference : null;
    const audit: MaskAudit = {
      ...{ series, patient, round: this.lot.round, reason },
      reviewer: accepted.reviewer,
      auditor: entry?.reviewer ?? null,
      accepted: accepted.mask.digest,
      audited: audited?.mask.digest ?? null,
      structures: audited ? await imaging.measureAudit({ accepted: accepted.mask, audited: audited.mask }) : [],
    };
    const entries = [...first.entries, ...entriesOf(again)];
    if (audited?.voxelsChanged === 0) return { ...first, entries, audit };
    const corrected = audited && { ...audited, minutes: accepted.minutes + audited.minutes };
    return {
      ...first,
      outcome: again.outcome === 'accepted' ? { ...again, reference: corrected! } : again,
      entries,
      audit,
    };
  }

  private async read(read: KnownSeries, name?: ReadName): Promise<ReviewOutcome> {
    const { patient: _, blindMinutes: __, ...item } = read;
    const task = this.task(name);
    const { answerWithinMs, escalateTo, skillRules = [] } = this.policy ?? {};
    const demands = demandedFor(skillRules, item.series, item.demands);
    const opened = await startChild(reviewTask, {
      workflowId: workflowId.review(task),
      args: [
        {
          ...item,
          ...(demands && { demands }),
          task,
          round: this.input.round,
          leaseMs: this.input.policy.leaseMs,
          ...(typeof answerWithinMs === 'number' && { answerWithinMs }),
          ...(typeof escalateTo === 'string' && { escalateTo }),
        },
      ],
    });
    this.progress.open({ series: item.series, task });
    const outcome = await opened.result();
    this.progress.close(task);
    return outcome;
  }

  private task(name?: ReadName): string {
    return taskId(this.input.dataset, this.input.round, this.item.series, name);
  }

  private secondRead(): Pick<ReviewInput, 'secondRead'> {
    if (!this.policy) return {};
    const { secondReadDoubt, secondReadShare } = this.policy;
    if (secondReadDoubt !== null && this.item.doubt >= secondReadDoubt) return { secondRead: 'doubt' };
    return isDrawn('second-read', this.lot, this.item.series, secondReadShare) ? { secondRead: 'lot' } : {};
  }

  private async agree(a: ReviewOutcome, b: ReviewOutcome): Promise<boolean> {
    if (a.outcome !== 'accepted' || b.outcome !== 'accepted') return a.outcome === b.outcome;
    const least = await imaging.agreementOf({ first: a.reference.mask, second: b.reference.mask });
    return least >= (this.policy?.agreementDice ?? 0);
  }

  /** Null when one person got hold of both reads, or nothing is known of the patient: then it is no control. */
  private async measured(corrected: Accepted, blinded: Accepted): Promise<BiasControl | null> {
    const { series, patient, proposal, modelDigest } = this.item;
    const [c, b] = [corrected.reference, blinded.reference];
    if (patient === undefined || c.reviewer === b.reviewer) return null;
    const classes = STRUCTURE_CLASSES.filter(
      (name) => c.annotatedClasses.includes(name) && b.annotatedClasses.includes(name),
    );
    const departures = await imaging.measureControl({ proposal, corrected: c.mask, blinded: b.mask, classes });
    return {
      ...{ series, patient, modelDigest, departures, round: this.lot.round },
      proposal: proposal.digest,
      corrected: c.mask.digest,
      blinded: b.mask.digest,
      correctedBy: c.reviewer,
      blindedBy: b.reviewer,
    };
  }
}

function settled(outcome: ReviewOutcome): SettledSeries {
  return { outcome, entries: entriesOf(outcome), control: null, audit: null };
}

function entriesOf(...outcomes: ReviewOutcome[]): ReviewEntry[] {
  return outcomes.flatMap(({ entry }) => entry ?? []);
}

function readersOf(...outcomes: ReviewOutcome[]): string[] {
  return [...new Set(outcomes.flatMap(({ readers = [] }) => readers))];
}

import { z } from 'zod';
import type { Erratum } from './erratum.ts';
import { ErratumId, ErratumReport, ERRATUM_STATES, erratumContent, storedReporter } from './erratum.ts';
import { Digest, ReviewerName, SeriesId } from './ids.ts';

/**
 * What the public reports of published masks, before anybody has looked at it. A report opens nothing: a lead makes an erratum of it, or
 * dismisses it. All of a dataset lie in one record, `refs/<dataset>/erratum-reports.json`, so that there are never more than so many.
 * A report is taken without a look at whether its series exists: the answer must not tell who is in the hidden test.
 */
export const ERRATUM_REPORTS = 'erratum-reports';
export const MOST_WAITING = 200;
const MOST_SETTLED = 500;

/** How whoever reports it calls what they have: a release's number, a tag, or the beginning of a version. */
export const ReleaseSaid = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/, "expected a release's number, a tag or the beginning of a version");

/** `POST /api/errata/:dataset`: an erratum's line, and of which release it is said. */
export const PublicReport = ErratumReport.extend({ release: ReleaseSaid.nullish() });
export type PublicReport = z.infer<typeof PublicReport>;

export const REPORT_STATES = ['waiting', 'accepted', 'dismissed'] as const;

export const ReceivedReport = z.object({
  id: ErratumId,
  series: SeriesId,
  label: z.int().nullable(),
  text: z.string(),
  /** An account's name, or null. */
  reporter: z.string().nullable(),
  release: z.string().nullable(),
  /** ISO 8601. */
  receivedAt: z.string(),
  state: z.enum(REPORT_STATES),
  /** The erratum that was made of it. */
  erratum: ErratumId.nullable(),
  /** Why it was dismissed. */
  reason: z.string().nullable(),
  /** Who settled it; null for whoever has the access token, too. */
  by: ReviewerName.nullable(),
});
export type ReceivedReport = z.infer<typeof ReceivedReport>;

/** In the order in which they came. */
export const ReportBox = z.object({ reports: z.array(ReceivedReport) });
export type ReportBox = z.infer<typeof ReportBox>;
export const EMPTY_BOX: ReportBox = { reports: [] };

/** So many wait already that no more are taken. */
export class ReportBoxFullError extends Error {
  override readonly name = 'ReportBoxFullError';

  constructor() {
    super(`${MOST_WAITING} reports wait to be looked at: no more are taken until some have been`);
  }
}

/** What names a report: the same said twice of one release is one report. */
export function reportContent({ series, label, text, release }: PublicReport): object {
  const said = erratumContent({ series, label: label ?? null, text }, '');
  return { said, release: release ?? null };
}

/**
 * Puts a report in; one of the same id that is there stays as it is. Of the settled ones the newest are kept. Throws ReportBoxFullError.
 */
export function withReport(box: ReportBox, id: ErratumId, report: PublicReport, receivedAt: string): ReportBox {
  if (box.reports.some((each) => each.id === id)) return box;
  if (box.reports.filter(({ state }) => state === 'waiting').length >= MOST_WAITING) throw new ReportBoxFullError();
  const { series, text } = report;
  const received: ReceivedReport = {
    ...{ id, series, label: report.label ?? null, text, receivedAt },
    reporter: storedReporter(report.reporter),
    release: report.release ?? null,
    ...{ state: 'waiting', erratum: null, reason: null, by: null },
  };
  const settled = box.reports.filter(({ state }) => state !== 'waiting');
  const dropped = new Set(settled.slice(0, Math.max(0, settled.length - MOST_SETTLED)));
  return { reports: [...box.reports.filter((each) => !dropped.has(each)), received] };
}

/** Settles one that waits; what is settled already stays. */
export function settledReport(
  box: ReportBox,
  id: ErratumId,
  outcome: Pick<ReceivedReport, 'state' | 'erratum' | 'reason' | 'by'>,
): ReportBox {
  const settle = (report: ReceivedReport) =>
    report.id === id && report.state === 'waiting' ? { ...report, ...outcome } : report;
  return { reports: box.reports.map(settle) };
}

/** What anybody who has a report's id is told of it. */
export const ReportReceipt = z.object({
  id: ErratumId,
  state: z.enum(['waiting', 'dismissed', ...ERRATUM_STATES]),
  /** The patch version that mends it. */
  version: Digest.nullable(),
  reason: z.string().nullable(),
});
export type ReportReceipt = z.infer<typeof ReportReceipt>;

/** `erratum`: the one that was made of the report; null when there is none. */
export function receiptOf({ id, state, reason }: ReceivedReport, erratum: Erratum | null): ReportReceipt {
  if (state !== 'accepted') return { id, state, version: null, reason };
  const outcome = erratum?.outcome ?? null;
  // Why a series was taken out is said for those who work on it.
  const told = erratum?.state === 'closed' ? (outcome?.reason ?? null) : null;
  return { id, state: erratum?.state ?? 'open', version: outcome?.version ?? null, reason: told };
}

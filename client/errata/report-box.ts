import type { Client } from '@temporalio/client';
import { ErratumRecords } from '../../adapters/erratum-records.ts';
import { jsonDigest } from '../../adapters/json-digest.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import type { Erratum } from '../../core/erratum.ts';
import {
  EMPTY_BOX,
  ERRATUM_REPORTS,
  receiptOf,
  reportContent,
  ReportBox,
  settledReport,
  withReport,
  type PublicReport,
  type ReceivedReport,
  type ReportReceipt,
} from '../../core/erratum-report.ts';
import type { DatasetName, ReviewerName } from '../../core/ids.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { fileErratum } from './errata.ts';
import { versionSaid } from './report-version.ts';

export interface AcceptedReport {
  report: ReceivedReport;
  erratum: Erratum;
  /** The release that it names is not known here: it is taken as said of the newest version. */
  releaseUnknown: boolean;
}

/** Stores a public report; when this returns it is kept. Nothing is looked up. Throws ReportBoxFullError. */
export async function receiveReport(
  store: ObjectStore,
  dataset: DatasetName,
  report: PublicReport,
): Promise<ReportReceipt> {
  const id = jsonDigest(reportContent(report)).slice(0, 12);
  const box = await updateBox(store, dataset, (before) => withReport(before, id, report, new Date().toISOString()));
  return receiptIn(store, dataset, box, id);
}

/** What became of a report. Throws NotFoundError. */
export async function reportReceipt(store: ObjectStore, dataset: DatasetName, id: string): Promise<ReportReceipt> {
  return receiptIn(store, dataset, { reports: await listReports(store, dataset) }, id);
}

/** Every report that is kept, the oldest first. */
export async function listReports(store: ObjectStore, dataset: DatasetName): Promise<ReceivedReport[]> {
  return (await store.readRef(dataset, ERRATUM_REPORTS, ReportBox))?.value.reports ?? [];
}

/**
 * Makes an erratum of a report, which opens its review. Broken off in between it can be accepted again. Throws NotFoundError,
 * ConflictError for one that is settled, InvalidInputError for a series that the version doesn't have.
 */
export async function acceptReport(
  deps: { client: Client; store: ObjectStore },
  dataset: DatasetName,
  id: string,
  by: ReviewerName | null,
): Promise<AcceptedReport> {
  const { store } = deps;
  const report = waiting(await listReports(store, dataset), dataset, id);
  const { series, label, text, reporter, release } = report;
  const { version, releaseUnknown } = await versionSaid(store, dataset, release);
  const { erratum } = await fileErratum(deps, dataset, version, { series, label, text, reporter });
  const outcome = { state: 'accepted', erratum: erratum.id, reason: null, by } as const;
  const box = await updateBox(store, dataset, (before) => settledReport(before, report.id, outcome));
  return { report: found(box.reports, dataset, report.id), erratum, releaseUnknown };
}

/** Dismisses a report; the reason is told to whoever asks by its id. Throws NotFoundError, ConflictError for one that is settled. */
export async function dismissReport(
  store: ObjectStore,
  dataset: DatasetName,
  id: string,
  reason: string,
  by: ReviewerName | null,
): Promise<ReceivedReport> {
  const report = waiting(await listReports(store, dataset), dataset, id);
  const outcome = { state: 'dismissed', erratum: null, reason, by } as const;
  const box = await updateBox(store, dataset, (before) => settledReport(before, report.id, outcome));
  return found(box.reports, dataset, report.id);
}

function updateBox(
  store: ObjectStore,
  dataset: DatasetName,
  change: (box: ReportBox) => ReportBox,
): Promise<ReportBox> {
  return store.updateRef(dataset, ERRATUM_REPORTS, ReportBox, EMPTY_BOX, change);
}

async function receiptIn(
  store: ObjectStore,
  dataset: DatasetName,
  { reports }: ReportBox,
  id: string,
): Promise<ReportReceipt> {
  const report = found(reports, dataset, id);
  const erratum = report.erratum === null ? null : await new ErratumRecords(store, dataset).read(report.erratum);
  return receiptOf(report, erratum);
}

/** By its id or the beginning of it, four characters or more. */
function found(reports: readonly ReceivedReport[], dataset: DatasetName, meant: string): ReceivedReport {
  const [only, other] = reports.filter(({ id }) => meant.length >= 4 && id.startsWith(meant));
  if (!only) throw new NotFoundError(`dataset "${dataset}" has no report "${meant}"`);
  if (other) throw new ConflictError(`several reports of dataset "${dataset}" begin with "${meant}"`);
  return only;
}

function waiting(reports: readonly ReceivedReport[], dataset: DatasetName, meant: string): ReceivedReport {
  const report = found(reports, dataset, meant);
  if (report.state !== 'waiting') throw new ConflictError(`report ${report.id}: already ${report.state}`);
  return report;
}

import { NotFoundError } from '../client/errors.ts';
import type { Erratum } from '../core/erratum.ts';
import type { PublicReport, ReceivedReport, ReportReceipt } from '../core/erratum-report.ts';
import type { DatasetName, ReviewerName } from '../core/ids.ts';

/** A dataset that is public, and its newest release. */
export interface OpenDataset {
  dataset: DatasetName;
  release: string;
}

/** What the API may ask about errata. Throws NotFoundError, ConflictError, InvalidInputError, ReportBoxFullError. */
export interface ErrataDesk {
  /** The datasets that have a published release, by name: anybody may report what is wrong in them. */
  open(): Promise<OpenDataset[]>;
  /** Stores a report: it is kept when this resolves. */
  receive(dataset: DatasetName, report: PublicReport): Promise<ReportReceipt>;
  receipt(dataset: DatasetName, id: string): Promise<ReportReceipt>;
  list(dataset: DatasetName): Promise<{ reports: ReceivedReport[]; errata: Erratum[] }>;
  accept(
    dataset: DatasetName,
    id: string,
    by: ReviewerName | null,
  ): Promise<{ report: ReceivedReport; erratum: Erratum; releaseUnknown: boolean }>;
  dismiss(dataset: DatasetName, id: string, reason: string, by: ReviewerName | null): Promise<ReceivedReport>;
}

const nothing = (dataset: DatasetName) => Promise.reject(new NotFoundError(`no errata of "${dataset}" are kept here`));

/** No dataset is public, and nothing is kept. */
export const NO_ERRATA: ErrataDesk = {
  open: async () => [],
  receive: nothing,
  receipt: nothing,
  list: async () => ({ reports: [], errata: [] }),
  accept: nothing,
  dismiss: nothing,
};

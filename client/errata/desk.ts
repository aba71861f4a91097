import type { Client } from '@temporalio/client';
import type { ObjectStore } from '../../adapters/object-store.ts';
import type { DatasetName, ReviewerName } from '../../core/ids.ts';
import { publishedReleases } from '../release/published.ts';
import type { PublicReport } from '../../core/erratum-report.ts';
import { listErrata } from './errata.ts';
import { acceptReport, dismissReport, listReports, receiveReport, reportReceipt } from './report-box.ts';

/** The errata of an installation, as the HTTP API asks for them. */
export function createErrataDesk(deps: { client: Client; store: ObjectStore }) {
  const { store } = deps;
  return {
    async open() {
      const found: { dataset: DatasetName; release: string }[] = [];
      for (const dataset of await store.listDatasets()) {
        const release = [...(await publishedReleases(store, dataset)).keys()].at(-1);
        if (release !== undefined) found.push({ dataset, release });
      }
      return found;
    },
    receive: (dataset: DatasetName, report: PublicReport) => receiveReport(store, dataset, report),
    receipt: (dataset: DatasetName, id: string) => reportReceipt(store, dataset, id),
    list: async (dataset: DatasetName) => ({
      reports: await listReports(store, dataset),
      errata: await listErrata(store, dataset),
    }),
    accept: (dataset: DatasetName, id: string, by: ReviewerName | null) => acceptReport(deps, dataset, id, by),
    dismiss: (dataset: DatasetName, id: string, reason: string, by: ReviewerName | null) =>
      dismissReport(store, dataset, id, reason, by),
  };
}

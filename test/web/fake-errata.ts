import { ConflictError, NotFoundError } from '../../client/errors.ts';
import { jsonDigest } from '../../adapters/json-digest.ts';
import type { Erratum } from '../../core/erratum.ts';
import {
  EMPTY_BOX,
  receiptOf,
  reportContent,
  settledReport,
  withReport,
  type ReceivedReport,
} from '../../core/erratum-report.ts';
import type { ErrataDesk, OpenDataset } from '../../web/errata-desk.ts';

/** A desk in memory: "phantom" is public, at release 1.0.0. Reports of series 404_t2 can't be accepted. */
export class FakeErrata implements ErrataDesk {
  box = EMPTY_BOX;
  readonly errata: Erratum[] = [];
  isOut = false;
  opened: OpenDataset[] = [{ dataset: 'phantom', release: '1.0.0' }];

  open = async () => this.opened;

  receive: ErrataDesk['receive'] = async (_, report) => {
    if (this.isOut) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const id = jsonDigest(reportContent(report)).slice(0, 12);
    this.box = withReport(this.box, id, report, '2026-03-04T05:06:07.000Z');
    return this.receipt('phantom', id);
  };

  receipt: ErrataDesk['receipt'] = async (_, id) => {
    const report = this.found(id);
    return receiptOf(report, this.errata.find((each) => each.id === report.erratum) ?? null);
  };

  list: ErrataDesk['list'] = async () => ({ reports: this.box.reports, errata: this.errata });

  accept: ErrataDesk['accept'] = async (dataset, id, by) => {
    const { series, label, text, reporter, release } = this.waiting(id);
    if (series === '404_t2') throw new ConflictError('no such series');
    const erratum: Erratum = {
      schema: 'spindle.erratum/1',
      ...{ id: 'e'.repeat(12), dataset, series, label, text, reporter, version: '1'.repeat(64), mask: '2'.repeat(64) },
      ...{ state: 'in-review', task: `${dataset}/90001/${series}`, outcome: null },
    };
    this.errata.push(erratum);
    this.box = settledReport(this.box, id, { state: 'accepted', erratum: erratum.id, reason: null, by });
    return { report: this.found(id), erratum, releaseUnknown: release !== null && release !== '1.0.0' };
  };

  dismiss: ErrataDesk['dismiss'] = async (_, id, reason, by) => {
    this.waiting(id);
    this.box = settledReport(this.box, id, { state: 'dismissed', erratum: null, reason, by });
    return this.found(id);
  };

  private found(id: string): ReceivedReport {
    const report = this.box.reports.find((each) => each.id === id);
    if (!report) throw new NotFoundError(`no report ${id}`);
    return report;
  }

  private waiting(id: string): ReceivedReport {
    const report = this.found(id);
    if (report.state !== 'waiting') throw new ConflictError(`report ${id}: already ${report.state}`);
    return report;
  }
}

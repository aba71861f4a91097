import type { BiasControl } from '../core/bias.ts';
import type { DatasetName } from '../core/ids.ts';
import type { MaskAudit } from '../core/mask-audit.ts';
import { REF } from '../core/refs.ts';
import { AuditLog, ControlLog, FiledReview, ReviewLog, withEntries } from '../core/review-records.ts';
import type { ReviewEntry } from '../core/review.ts';
import type { ObjectStore } from './object-store.ts';

/** What a dataset knows of its reviews: settled tasks, blinded controls, audits. Filing the same twice changes nothing. */
export class ReviewRecords {
  constructor(
    readonly store: ObjectStore,
    readonly dataset: DatasetName,
  ) {}

  /** The settled tasks, in the order of filing. */
  async reviews(): Promise<ReviewEntry[]> {
    return (await this.store.readRef(this.dataset, REF.reviews, ReviewLog))?.value.reviews ?? [];
  }

  async controls(): Promise<BiasControl[]> {
    return (await this.store.readRef(this.dataset, REF.controls, ControlLog))?.value.controls ?? [];
  }

  async audits(): Promise<MaskAudit[]> {
    return (await this.store.readRef(this.dataset, REF.audits, AuditLog))?.value.audits ?? [];
  }

  /** The whole record of a settled task. */
  async filed({ record }: Pick<ReviewEntry, 'record'>): Promise<FiledReview> {
    return this.store.getJson(record.digest, FiledReview);
  }

  async addReviews(entries: readonly ReviewEntry[]): Promise<void> {
    if (entries.length === 0) return;
    await this.store.updateRef(this.dataset, REF.reviews, ReviewLog, { reviews: [] }, ({ reviews }) => ({
      reviews: withEntries(reviews, entries, ({ task }) => task),
    }));
  }

  async addControls(entries: readonly BiasControl[]): Promise<void> {
    if (entries.length === 0) return;
    await this.store.updateRef(this.dataset, REF.controls, ControlLog, { controls: [] }, ({ controls }) => ({
      controls: withEntries(controls, entries, ({ round, series }) => `${round}/${series}`),
    }));
  }

  async addAudits(entries: readonly MaskAudit[]): Promise<void> {
    if (entries.length === 0) return;
    await this.store.updateRef(this.dataset, REF.audits, AuditLog, { audits: [] }, ({ audits }) => ({
      audits: withEntries(audits, entries, ({ round, series }) => `${round}/${series}`),
    }));
  }
}

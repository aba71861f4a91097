import type { PatientId } from '../core/ids.ts';
import type { IngestItem, Refusal } from '../core/ingest.ts';
import type { OverviewRecord } from '../core/overview.ts';

/** A file to take in: `name` is its path below the cohort's folder, for messages. */
export interface CohortFile {
  path: string;
  name: string;
}

export interface CohortSeries extends Omit<IngestItem, 'image' | 'mask'> {
  image: CohortFile;
  mask: CohortFile | null;
}

/** What a folder holds, as far as names and the table tell: what may be uploaded, and what is refused unread. */
export interface CohortPlan {
  series: CohortSeries[];
  refused: Refusal[];
  /** Patients that the mapping marks for the hidden test. */
  hidden?: PatientId[];
}

/** The rows of an overview.csv by series; empty where there is none. */
export interface Overview {
  rows: ReadonlyMap<string, OverviewRecord>;
  refused: Refusal[];
}

import type { BiasControl } from '../core/bias.ts';
import type { CampaignState, RoundReport, RoundState } from '../core/loop.ts';
import type { MaskAudit } from '../core/mask-audit.ts';

/** What a dataset knows of how well review does: blinded controls and audits, in the order of filing. */
export interface ReviewFindings {
  controls: BiasControl[];
  audits: MaskAudit[];
}

/** What the board may ask about campaigns; it only reads. */
export interface CampaignReader {
  /** Names of the datasets that exist, ascending. */
  datasets(): Promise<string[]>;
  /** Null when no campaign was ever started for the dataset. */
  state(dataset: string): Promise<CampaignState | null>;
  /** Reports of the finished rounds, ascending by round; empty when there are none. */
  reports(dataset: string): Promise<RoundReport[]>;
  /** The round that is running now; null between rounds. */
  round(dataset: string): Promise<RoundState | null>;
  /** Empty lists where nothing was filed yet. */
  findings(dataset: string): Promise<ReviewFindings>;
}

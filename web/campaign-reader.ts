import type { CampaignState, RoundReport, RoundState } from '../core/loop.ts';

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
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { CampaignService } from '../../client/campaigns.ts';
import type { CampaignState, RoundReport, RoundState } from '../../core/loop.ts';
import type { Output } from '../output.ts';

const POLL_MS = 500;
/** So many looks in a row may fail before that is passed on: a worker that restarts answers no queries. */
const PATIENCE = 120;

/**
 * Watches a campaign until it has ended: says each stage as it begins and ends, and hands over each round's report once, in order
 * (those from before too).
 */
export async function followCampaign(
  campaigns: CampaignService,
  dataset: string,
  output: Output,
  onReport: (report: RoundReport) => Promise<void>,
  signal: AbortSignal,
): Promise<CampaignState> {
  const said = new StageNotes(output);
  let reported = 0;
  let failures = 0;
  for (;;) {
    signal.throwIfAborted();
    try {
      // Asked before the reports, so that at the end none is missed.
      const state = await campaigns.state(dataset);
      const round = await campaigns.round(dataset);
      if (round) said.show(round);
      for (const report of (await campaigns.reports(dataset)).slice(reported)) {
        await onReport(report);
        reported++;
      }
      if (state?.status === 'finished') return state;
      failures = 0;
    } catch (error) {
      if (signal.aborted || ++failures > PATIENCE) throw error;
    }
    await sleep(POLL_MS);
  }
}

/** One line when a stage ends. */
class StageNotes {
  private readonly noted = new Set<string>();
  private current = '';

  constructor(private readonly output: Output) {}

  show({ round, stage, stages, done, total }: RoundState): void {
    for (const each of stages) {
      const key = `${round}/${each.stage}`;
      if (this.noted.has(key)) continue;
      this.noted.add(key);
      this.output.note(`round ${round}: ${each.stage} took ${each.seconds.toFixed(1)} s`);
    }
    const now = `${round}/${stage}`;
    if (stage === null || now === this.current || this.noted.has(now)) return;
    this.current = now;
    this.output.note(`round ${round}: ${stage}${total > 1 ? ` (${done} of ${total})` : ''} …`);
  }
}

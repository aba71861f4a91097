import { condition, continueAsNew, setHandler, startChild, type ChildWorkflowHandle } from '@temporalio/workflow';
import { workflowId } from '../core/ids.ts';
import type { CampaignInput, CampaignState, RoundReport } from '../core/loop.ts';
import { campaignStateQuery, pauseSignal, resumeSignal } from './messages.ts';
import { round } from './round.ts';

/** Runs rounds until everything is annotated, a stop rule holds or `maxRounds` is reached; continues as new after each. */
export async function campaign(input: CampaignInput): Promise<CampaignState> {
  const { dataset, policy, nextRound } = input;
  const state: CampaignState = {
    dataset,
    policy,
    round: nextRound,
    paused: input.paused,
    status: input.paused ? 'paused' : 'running',
    stop: null,
  };
  setHandler(campaignStateQuery, () => state);
  setHandler(pauseSignal, () => setPaused(true));
  setHandler(resumeSignal, () => setPaused(false));

  await condition(() => !state.paused);
  const child = await startChild(round, {
    workflowId: workflowId.round(dataset, nextRound),
    args: [{ dataset, round: nextRound, policy }],
  });
  const report = await steered(child, () => state.paused);

  const stop =
    report.stop ??
    (nextRound >= policy.maxRounds
      ? `${policy.maxRounds} ${policy.maxRounds === 1 ? 'round is' : 'rounds are'} done`
      : null);
  if (stop === null) {
    return continueAsNew<typeof campaign>({ dataset, policy, nextRound: nextRound + 1, paused: state.paused });
  }
  return Object.assign(state, { status: 'finished', stop } as const);

  function setPaused(paused: boolean): void {
    state.paused = paused;
    state.status = paused ? 'paused' : 'running';
  }
}

/**
 * Waits for the round and tells it whenever it should pause or go on: one signal at a time, the next when the last has arrived, so
 * that a pause and the resume right after it can't overtake each other.
 */
async function steered(child: ChildWorkflowHandle<typeof round>, paused: () => boolean): Promise<RoundReport> {
  let told = false;
  let ended = false;
  const result = child.result().finally(() => (ended = true));
  result.catch(() => undefined); // thrown at the end
  for (;;) {
    await condition(() => ended || paused() !== told);
    if (ended) return result;
    told = paused();
    await child.signal(told ? pauseSignal : resumeSignal).catch(() => undefined); // a round that has just ended
  }
}

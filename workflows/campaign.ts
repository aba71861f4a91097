import { condition, continueAsNew, getExternalWorkflowHandle, setHandler, startChild } from '@temporalio/workflow';
import { workflowId } from '../core/ids.ts';
import type { CampaignInput, CampaignState } from '../core/loop.ts';
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
  if (state.paused) await child.signal(pauseSignal);
  const report = await child.result();

  const stop = report.stop ?? (nextRound >= policy.maxRounds ? `${policy.maxRounds} rounds are done` : null);
  if (stop === null) {
    return continueAsNew<typeof campaign>({ dataset, policy, nextRound: nextRound + 1, paused: state.paused });
  }
  return Object.assign(state, { status: 'finished', stop } as const);

  function setPaused(paused: boolean): void {
    state.paused = paused;
    state.status = paused ? 'paused' : 'running';
    const handle = getExternalWorkflowHandle(workflowId.round(dataset, nextRound));
    handle.signal(paused ? pauseSignal : resumeSignal).catch(() => undefined); // no round runs yet: nothing to tell
  }
}

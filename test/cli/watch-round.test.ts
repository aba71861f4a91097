import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { watchRound } from '../../cli/commands/round.ts';
import { createOutput } from '../../cli/output.ts';
import type { CampaignService } from '../../client/campaigns.ts';
import { DEMO_POLICY } from '../../client/policies.ts';
import type { CampaignState, RoundReport, RoundState, Stage } from '../../core/loop.ts';

/** What is seen at one look. */
interface Look {
  state: CampaignState | null;
  round: RoundState | null;
  reports: number[];
}

const campaign = (status: CampaignState['status'], stop: string | null = null): CampaignState => ({
  ...{ dataset: 'small', policy: DEMO_POLICY, round: 2, paused: false },
  status,
  stop,
});
const at = (stage: Stage, done: number, total: number): RoundState => ({
  ...{ round: 2, stage, done, total, detail: '', stages: [], openTasks: [] },
});
const reportOf = (round: number) => ({ round }) as RoundReport;

/** Gives the looks one after the other, the last for ever; an error is thrown instead. */
function seen(looks: (Look | Error)[]): CampaignService {
  let index = -1;
  const now = (): Look => {
    const look = looks[Math.min(Math.max(index, 0), looks.length - 1)]!;
    if (look instanceof Error) throw look;
    return look;
  };
  return {
    state: async () => (index++, now().state),
    round: async () => now().round,
    reports: async () => now().reports.map(reportOf),
  } as unknown as CampaignService;
}

async function watched(...looks: (Look | Error)[]) {
  const stderr = new PassThrough();
  const output = createOutput(new PassThrough(), stderr as unknown as NodeJS.WriteStream);
  const outcome = await watchRound(seen(looks), 'small', output, 1).catch((error: Error) => error);
  return { outcome, said: ((stderr.read() as Buffer | null) ?? '').toString().split('\n').filter(Boolean) };
}

describe('watching a round', () => {
  const running = campaign('running');

  it('shows its stages until its report is there', async () => {
    const { outcome, said } = await watched(
      { state: running, round: null, reports: [1] },
      { state: running, round: at('train', 0, 1), reports: [1] },
      { state: running, round: at('segment', 3, 8), reports: [1] },
      { state: campaign('finished', 'all done'), round: null, reports: [1, 2] },
    );
    expect(outcome).toEqual(reportOf(2));
    expect(said).toEqual(['round 2 train: 0/1', 'round 2 segment: 3/8']);
  });

  it('waits for a worker that is away for a moment', async () => {
    const begun = { state: running, round: at('train', 0, 1), reports: [1] };
    const { outcome } = await watched(begun, new Error('no worker'), new Error('no worker'), {
      ...begun,
      reports: [1, 2],
    });
    expect(outcome).toEqual(reportOf(2));
  });

  it('ends when the campaign ends without the round', async () => {
    const { outcome } = await watched(
      { state: running, round: at('train', 0, 1), reports: [1] },
      { state: campaign('finished', 'failed: a leak'), round: null, reports: [1] },
    );
    expect(outcome).toMatchObject({ name: 'Error', message: 'round 2 of small was not finished: failed: a leak' });
  });

  it.each([
    [null, 'no round of small is under way'],
    [campaign('finished', '1 round is done'), 'no round of small is under way: 1 round is done'],
  ])('refuses when there is nothing to watch', async (state, message) => {
    const { outcome } = await watched({ state, round: null, reports: [1] });
    expect(outcome).toMatchObject({ name: 'ConflictError', message });
  });
});

import { setTimeout as sleep } from 'node:timers/promises';
import { PLAIN_REVIEW } from '../../client/policies.ts';
import { signInAddress } from '../../infra/local/sign-in.ts';
import { statusReport } from '../commands/status.ts';
import type { CommandContext } from '../context.ts';
import type { DemoCohort } from './cohort.ts';

/** Prints where to look, and opens one more round for people when there is something left to review; then waits for the signal. */
export async function stayUp(
  context: CommandContext,
  { dataset, policy }: DemoCohort,
  stop: AbortSignal,
): Promise<void> {
  const { output } = context;
  const temporal = statusReport(context.home, context.env).processes.find(({ name }) => name === 'temporal');
  output.line();
  if (temporal?.page) output.line(`Temporal's own page   ${temporal.page}`);
  output.line(`review page           ${signInAddress(context.home, context.env)}`);
  const campaigns = await context.campaigns();
  const left = (await campaigns.reports(dataset)).at(-1)?.remaining ?? 0;
  const running = (await campaigns.state(dataset))?.status !== 'finished';
  if (left > 0) {
    if (!running) await campaigns.startRound(dataset, { ...policy, patientsPerRound: 1, review: PLAIN_REVIEW });
    output.note('one more round begins, for you: its tasks open in about two minutes, when its model is trained');
    void tellOfTask(context, dataset, stop);
  }
  output.note('Ctrl-C stops everything; the next `npm run demo` goes on from here');
  while (!stop.aborted) await sleep(200);
}

async function tellOfTask(context: CommandContext, dataset: string, signal: AbortSignal): Promise<void> {
  const campaigns = await context.campaigns();
  while (!signal.aborted) {
    const [open] = (await campaigns.round(dataset).catch(() => null))?.openTasks ?? [];
    if (open) {
      context.output.line(`a task waits for you  ${open.task}: ${signInAddress(context.home, context.env)}`);
      return;
    }
    await sleep(1000);
  }
}

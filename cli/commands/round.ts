import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { CampaignService } from '../../client/campaigns.ts';
import { ConflictError } from '../../client/errors.ts';
import type { RoundReport, RoundState } from '../../core/loop.ts';
import type { CommandContext } from '../context.ts';
import { chosenDataset, datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { noteMissingSkills } from '../missing-skills.ts';
import { noteMissingWorkers, ROUND_QUEUES } from '../missing-workers.ts';
import type { Output } from '../output.ts';
import { addPolicyOptions, policyOf, type PolicyOptions } from '../policy-options.ts';
import { StepProgress } from '../step-progress.ts';
import { printFindings } from '../review-tables.ts';
import { printRounds } from '../round-table.ts';
import { roundLine } from './campaign.ts';

const POLL_MS = 1_000;
/** A campaign that is just being started needs a moment to be seen. */
const PATIENCE_POLLS = 3;
/** So many looks in a row may fail: a worker that restarts answers nothing. */
const PATIENCE_FAILURES = 30;

export function register(program: Command, context: CommandContext): void {
  const round = program.command('round').description('one turn of the loop: start, look at, watch');
  addPolicyOptions(round.command('start').description('run one round, then stop').addOption(datasetOption()))
    .addHelpText('after', examples('spindle round start', 'spindle round start --policy demo --patients 2'))
    .action((options: DatasetChoice & PolicyOptions) => start(context, options));
  round
    .command('status')
    .description('show the round under way, or the last one')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle round status', 'spindle round status --json'))
    .action((options: DatasetChoice) => status(context, options));
  round
    .command('watch')
    .description('show the progress of the round under way until it ends')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle round watch'))
    .addHelpText('after', '\nCtrl-C ends the watching, not the round.')
    .action((options: DatasetChoice) => watch(context, options));
}

async function start(context: CommandContext, options: DatasetChoice & PolicyOptions): Promise<void> {
  const policy = policyOf(options);
  const dataset = await chosenDataset(context, options);
  const { round } = await (await context.campaigns()).startRound(dataset, policy);
  await noteMissingWorkers(context, ROUND_QUEUES);
  await noteMissingSkills(context, policy);
  context.output.result({ dataset, round }, () =>
    context.output.line(`round ${round} of ${dataset} begins; \`spindle round watch\` shows it`),
  );
}

async function status(context: CommandContext, choice: DatasetChoice): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, choice);
  const campaigns = await context.campaigns();
  const running = await campaigns.round(dataset);
  const last = (await campaigns.reports(dataset)).at(-1) ?? null;
  output.result({ dataset, running, last }, () => {
    if (running) printRunning(output, running);
    else if (last) printReport(output, last);
    else output.line(`${dataset}: no round was run yet`);
  });
}

function printReport(output: Output, report: RoundReport): void {
  printRounds(output, [report]);
  printFindings(output, report);
}

function printRunning(output: Output, state: RoundState): void {
  output.line(roundLine(state));
  for (const { stage, seconds } of state.stages) output.line(`  ${stage.padEnd(10)} ${seconds.toFixed(1)} s`);
  for (const { task } of state.openTasks) output.line(`  open: ${task}`);
}

async function watch(context: CommandContext, choice: DatasetChoice): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, choice);
  const report = await watchRound(await context.campaigns(), dataset, output);
  output.result({ dataset, report }, () => printReport(output, report));
}

/**
 * Shows a round's stages as they go on and gives its report. Throws ConflictError when no round is under way, and an error with the
 * reason when the campaign ends without finishing the round.
 */
export async function watchRound(
  campaigns: CampaignService,
  dataset: string,
  output: Output,
  pollMs = POLL_MS,
): Promise<RoundReport> {
  const target = ((await campaigns.reports(dataset)).at(-1)?.round ?? 0) + 1;
  const stages = new StepProgress(output);
  try {
    let seen = false;
    for (let polls = 0, failures = 0; ; polls++, await sleep(pollMs)) {
      const now = await lookAt(campaigns, dataset, target).catch((error: unknown) => {
        if (++failures > PATIENCE_FAILURES) throw error;
        return null;
      });
      if (!now) continue;
      failures = 0;
      const { state, report, running } = now;
      if (report) return report;
      seen ||= running !== null;
      if (running?.round === target && running.stage !== null) {
        const { stage, done, total, detail } = running;
        stages.show(`round ${target} ${stage}`, done, total, detail);
      }
      if (running || state?.status === 'running' || state?.status === 'paused') continue;
      const why = state?.stop ? `: ${state.stop}` : '';
      if (seen) throw new Error(`round ${target} of ${dataset} was not finished${why}`);
      if (polls >= PATIENCE_POLLS) throw new ConflictError(`no round of ${dataset} is under way${why}`);
    }
  } finally {
    stages.stop();
  }
}

/** In this order: a campaign that has ended has recorded its last round. */
async function lookAt(campaigns: CampaignService, dataset: string, target: number) {
  const state = await campaigns.state(dataset);
  const report = (await campaigns.reports(dataset)).find(({ round }) => round === target);
  return { state, report, running: report ? null : await campaigns.round(dataset) };
}

import type { Command } from 'commander';
import type { CampaignState, RoundReport, RoundState } from '../../core/loop.ts';
import { NotFoundError } from '../../client/errors.ts';
import { wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { chosenDataset, datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { noteMissingSkills } from '../missing-skills.ts';
import { noteMissingWorkers, ROUND_QUEUES } from '../missing-workers.ts';
import { addPolicyOptions, policyOf, type PolicyOptions } from '../policy-options.ts';
import { printRounds } from '../round-table.ts';
import type { Output } from '../output.ts';

export function register(program: Command, context: CommandContext): void {
  const campaign = program.command('campaign').description('the rounds of a dataset: start, pause, resume, look at');
  addPolicyOptions(
    campaign
      .command('start')
      .description('run rounds until everything is annotated, a stop rule holds, or so many are done')
      .addOption(datasetOption())
      .option('--rounds <n>', 'the last round to run, counted from the first of the dataset', wholeNumber(1)),
  )
    .addHelpText(
      'after',
      examples(
        'spindle campaign start --dataset spider',
        'spindle campaign start --policy demo --rounds 3',
        'spindle campaign start --patients 10 --seconds 600 --stop-at-dice 0.95',
      ),
    )
    .action((options: DatasetChoice & PolicyOptions) => start(context, options));
  campaign
    .command('pause')
    .description('stop before the next stage; open review tasks stay open')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle campaign pause'))
    .action((options: DatasetChoice) => steer(context, options, 'pause'));
  campaign
    .command('resume')
    .description('go on after a pause')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle campaign resume'))
    .action((options: DatasetChoice) => steer(context, options, 'resume'));
  campaign
    .command('status')
    .description('show where the campaign is, and what its rounds came to')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle campaign status', 'spindle campaign status --json'))
    .action((options: DatasetChoice) => status(context, options));
}

async function start(context: CommandContext, options: DatasetChoice & PolicyOptions): Promise<void> {
  const policy = policyOf(options);
  const dataset = await chosenDataset(context, options);
  const { round } = await (await context.campaigns()).start(dataset, policy);
  await noteMissingWorkers(context, ROUND_QUEUES);
  await noteMissingSkills(context, policy);
  context.output.result({ dataset, round, policy }, () =>
    context.output.line(`the campaign of ${dataset} begins with round ${round}; \`spindle round watch\` shows it`),
  );
}

async function steer(context: CommandContext, choice: DatasetChoice, what: 'pause' | 'resume'): Promise<void> {
  const dataset = await chosenDataset(context, choice);
  await (await context.campaigns())[what](dataset);
  const said = what === 'pause' ? 'pauses before its next stage' : 'goes on';
  context.output.result({ dataset, paused: what === 'pause' }, () =>
    context.output.line(`the campaign of ${dataset} ${said}`),
  );
}

async function status(context: CommandContext, choice: DatasetChoice): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, choice);
  const campaigns = await context.campaigns();
  const [state, round, reports] = await Promise.all([
    campaigns.state(dataset),
    campaigns.round(dataset),
    campaigns.reports(dataset),
  ]);
  if (state === null && reports.length === 0) {
    throw new NotFoundError(`no campaign was started for dataset "${dataset}": \`spindle campaign start\``);
  }
  output.result({ dataset, state, round, rounds: reports }, () => printStatus(output, dataset, state, round, reports));
}

function printStatus(
  output: Output,
  dataset: string,
  state: CampaignState | null,
  round: RoundState | null,
  reports: readonly RoundReport[],
): void {
  const stop = state?.stop ? ` (${state.stop})` : '';
  output.line(`${dataset}: ${state ? `${state.status}${stop}` : 'no campaign'}`);
  if (round) output.line(roundLine(round));
  if (reports.length === 0) return;
  output.line();
  printRounds(output, reports);
}

/** Where a running round is, in one line. */
export function roundLine({ round, stage, done, total, detail, openTasks }: RoundState): string {
  const at = stage === null ? 'begins' : `${stage} ${Math.round(done)}/${Math.round(total)}`;
  const open = openTasks.length > 0 ? `, ${openTasks.length} review task${openTasks.length === 1 ? '' : 's'} open` : '';
  return `round ${round}: ${at}${detail ? ` (${detail})` : ''}${open}`;
}

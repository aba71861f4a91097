import type { Command } from 'commander';
import type { TaskRow, TaskView } from '../../core/review.ts';
import { TaskState } from '../../core/review.ts';
import { labelName } from '../../core/labels.ts';
import { oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { decimals, short } from '../round-table.ts';
import type { Output } from '../output.ts';
import { printGates } from '../gate-list.ts';
import { reviewerOf, reviewerOption, taskArgument, type ReviewerChoice } from '../reviewer-option.ts';
import { registerDownload, registerSubmit } from './task-files.ts';

interface ListOptions extends DatasetChoice {
  round?: number;
  state?: TaskState;
}

export function register(program: Command, context: CommandContext): void {
  const tasks = program.command('tasks').description('review tasks: list, show, claim, download, submit');
  tasks
    .command('list')
    .description('list review tasks, the most doubtful first')
    .addOption(datasetOption())
    .option('--round <n>', 'only of this round', wholeNumber(0))
    .option('--state <state>', `only in this state: ${TaskState.options.join(', ')}`, oneOf(TaskState.options))
    .addHelpText('after', examples('spindle tasks list', 'spindle tasks list --state queued --dataset spider --json'))
    .addHelpText(
      'after',
      '\nOpen tasks, and those settled in the last seven days. A task may appear here a moment after it was made.',
    )
    .action((options: ListOptions) => list(context, options));
  tasks
    .command('show')
    .description('show one task: its proposal, what is doubtful about it, its history')
    .addArgument(taskArgument())
    .addHelpText('after', examples('spindle tasks show spider/2/107_t2'))
    .action((task: string) => show(context, task));
  tasks
    .command('claim')
    .description('claim a queued task, or renew your claim')
    .addArgument(taskArgument())
    .addOption(reviewerOption())
    .addHelpText(
      'after',
      examples(
        'spindle tasks claim spider/2/107_t2 --reviewer ada',
        'SPINDLE_REVIEWER=ada spindle tasks claim spider/2/107_t2',
      ),
    )
    .action((task: string, options: ReviewerChoice) => claim(context, task, options));
  registerDownload(tasks, context);
  registerSubmit(tasks, context);
}

async function list({ output, ...context }: CommandContext, { dataset, round, state }: ListOptions): Promise<void> {
  const rows = await (
    await context.tasks()
  ).list({
    ...(dataset === undefined ? {} : { dataset }),
    ...(round === undefined ? {} : { round }),
    ...(state === undefined ? {} : { state }),
  });
  output.result({ tasks: rows }, () =>
    output.table<TaskRow>(
      [
        { header: 'TASK', value: ({ task }) => task },
        { header: 'STATE', value: (row) => row.state },
        { header: 'KIND', value: ({ kind }) => kind },
        { header: 'DOUBT', value: ({ doubt }) => decimals(doubt, 3), align: 'right' },
        { header: 'REVIEWER', value: ({ reviewer }) => reviewer },
      ],
      rows,
    ),
  );
}

async function show({ output, ...context }: CommandContext, task: string): Promise<void> {
  const view = await (await context.tasks()).show(task);
  output.result(view, () => printTask(output, view));
}

async function claim(context: CommandContext, task: string, choice: ReviewerChoice): Promise<void> {
  const reviewer = reviewerOf(context, choice);
  const view = await (await context.tasks()).claim(task, { reviewer });
  context.output.result(view, () =>
    context.output.line(`${task} is ${reviewer}'s until ${view.leaseUntil ?? 'it is submitted'}`),
  );
}

function printTask(output: Output, view: TaskView): void {
  const held = view.reviewer === null ? '' : ` by ${view.reviewer}`;
  const until = view.leaseUntil === null ? '' : ` until ${view.leaseUntil}`;
  output.line(`${view.task}: ${view.state}${held}${until}`);
  const model = view.modelDigest === null ? '' : `, model ${short(view.modelDigest)}`;
  output.line(`${view.kind} ${short(view.proposal.digest)}, doubt ${view.doubt.toFixed(3)}${model}`);
  if (view.structures.length > 0) {
    output.line();
    output.table<TaskView['structures'][number]>(
      [
        { header: 'LABEL', value: ({ label }) => label, align: 'right' },
        { header: 'STRUCTURE', value: ({ label }) => labelName(label) },
        { header: 'VOXELS', value: ({ voxels }) => voxels, align: 'right' },
        { header: 'DOUBT', value: ({ doubt }) => decimals(doubt, 3), align: 'right' },
      ],
      [...view.structures].sort((a, b) => b.doubt - a.doubt),
    );
  }
  printGates(output, 'the proposal does not pass', view.gates);
  printGates(output, 'the last submission', view.lastGates);
  output.line();
  for (const { at, event, reviewer, note } of view.history) {
    output.line(`${at}  ${event}${reviewer === null ? '' : ` by ${reviewer}`}${note ? `: ${note}` : ''}`);
  }
}

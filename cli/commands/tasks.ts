import type { Command } from 'commander';
import type { TaskRow, TaskView } from '../../core/review.ts';
import { Hospital } from '../../core/ids.ts';
import { labelName } from '../../core/labels.ts';
import { Skill, TaskState } from '../../core/review.ts';
import { Role } from '../../core/roles.ts';
import { taskCondition } from '../../core/task-filter.ts';
import { orderReason } from '../../core/task-order.ts';
import { checkedBy, oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { decimals, short } from '../round-table.ts';
import type { Output } from '../output.ts';
import { printGates } from '../gate-list.ts';
import { reviewerOf, reviewerOption, taskArgument, type ReviewerChoice } from '../reviewer-option.ts';
import { registerDownload, registerSubmit } from './task-files.ts';
import { registerHistory } from './task-history.ts';
import { registerMoves } from './task-moves.ts';

interface ListOptions extends DatasetChoice {
  round?: number;
  state?: TaskState;
  hospital?: Hospital;
  where?: string;
}

interface ClaimOptions extends ReviewerChoice {
  role?: Role;
  skills?: Skill[];
}

export function register(program: Command, context: CommandContext): void {
  const tasks = program
    .command('tasks')
    .description('review tasks: list, show, claim, download, submit, and what leads do with them');
  tasks
    .command('list')
    .description('list review tasks in the order in which they are taken, with the reason and the expected minutes')
    .addOption(datasetOption())
    .option('--round <n>', 'only of this round', wholeNumber(0))
    .option('--state <state>', `only in this state: ${TaskState.options.join(', ')}`, oneOf(TaskState.options))
    .option('--hospital <code>', 'only of this hospital', checkedBy(Hospital))
    .option('--where <condition>', 'only those of which this holds: doubt>=0.3,kind=proposal')
    .addHelpText('after', examples('spindle tasks list', 'spindle tasks list --state queued --hospital RH1 --json'))
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
    .option('--role <role>', `what you are, where a task asks for it: ${Role.options.join(', ')}`, oneOf(Role.options))
    .option('--skills <names>', 'what you can do besides, divided by commas', skillsOf)
    .addHelpText(
      'after',
      examples(
        'spindle tasks claim spider/2/107_t2 --reviewer ada',
        'SPINDLE_REVIEWER=ada spindle tasks claim spider/2/107_t2',
      ),
    )
    .action((task: string, options: ClaimOptions) => claim(context, task, options));
  registerDownload(tasks, context);
  registerSubmit(tasks, context);
  registerMoves(tasks, context);
  registerHistory(tasks, context);
}

async function list({ output, ...context }: CommandContext, options: ListOptions): Promise<void> {
  const { dataset, round, state, hospital, where } = options;
  const holds = where === undefined ? () => true : taskCondition(where);
  const all = await (
    await context.tasks()
  ).list({
    ...(dataset === undefined ? {} : { dataset }),
    ...(round === undefined ? {} : { round }),
    ...(state === undefined ? {} : { state }),
  });
  const rows = all.filter((row) => (hospital === undefined || row.hospital === hospital) && holds(row));
  output.result({ tasks: rows.map((row) => ({ ...row, reason: orderReason(row) })) }, () =>
    output.table<TaskRow>(
      [
        { header: 'TASK', value: ({ task }) => task },
        { header: 'STATE', value: (row) => row.state },
        { header: 'WHY HERE', value: orderReason },
        { header: 'MINUTES', value: ({ expectedMinutes }) => decimals(expectedMinutes, 1), align: 'right' },
        { header: 'HOSPITAL', value: (row) => row.hospital },
        { header: 'WHO', value: ({ reviewer, assignee }) => reviewer ?? (assignee && `for ${assignee}`) },
      ],
      rows,
    ),
  );
}

async function show({ output, ...context }: CommandContext, task: string): Promise<void> {
  const view = await (await context.tasks()).show(task);
  output.result(view, () => printTask(output, view));
}

async function claim(context: CommandContext, task: string, choice: ClaimOptions): Promise<void> {
  const reviewer = reviewerOf(context, choice);
  const { role, skills } = choice;
  const known = { ...(role !== undefined && { role }), ...(skills !== undefined && { skills }) };
  const view = await (await context.tasks()).claim(task, { reviewer, ...known });
  context.output.result(view, () =>
    context.output.line(`${task} is ${reviewer}'s until ${view.leaseUntil ?? 'it is submitted'}`),
  );
}

function printTask(output: Output, view: TaskView): void {
  const held = view.reviewer === null ? '' : ` by ${view.reviewer}`;
  const until = view.leaseUntil === null ? '' : ` until ${view.leaseUntil}`;
  const flags = view.flags ? `, ${view.flags.join(', ')}` : '';
  const assigned = view.assignee === undefined ? '' : `, for ${view.assignee}`;
  output.line(`${view.task}: ${view.state}${held}${until}${flags}${assigned}`);
  if (view.answerBy !== undefined) output.line(`to be answered by ${view.answerBy}`);
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
  if (view.sentBackBecause !== undefined) output.line(`sent back: ${view.sentBackBecause}`);
  for (const { by, voxel, text } of view.comments ?? []) output.line(`${by} at voxel ${voxel.join(', ')}: ${text}`);
  for (const { at, event, reviewer, note } of view.history) {
    output.line(`${at}  ${event}${reviewer === null ? '' : ` by ${reviewer}`}${note ? `: ${note}` : ''}`);
  }
}

function skillsOf(text: string): Skill[] {
  return text.split(',').map((name) => checkedBy(Skill)(name.trim()));
}

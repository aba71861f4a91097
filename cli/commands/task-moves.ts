import type { Command } from 'commander';
import { Assignees, refuseUnfit, type Assignee } from '../../client/assignees.ts';
import { concurrently } from '../../client/concurrently.ts';
import { TaskConflictError, TaskNotFoundError, type TaskService } from '../../client/tasks.ts';
import { isSettled } from '../../core/review-record.ts';
import { ReviewerName, TaskId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { TaskMove } from '../../core/review-moves.ts';
import { taskCondition } from '../../core/task-filter.ts';
import { checkedBy } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { reviewerOf, reviewerOption, taskArgument, type ReviewerChoice } from '../reviewer-option.ts';

const AT_ONCE = 8;

interface BulkOptions extends ReviewerChoice, DatasetChoice {
  where?: string;
  dryRun?: boolean;
  to?: ReviewerName;
  anybody?: boolean;
  reason?: string;
}

type LeadMove = 'reassign' | 'pause' | 'resume' | 'pin' | 'unpin' | 'skip' | 'unskip';

const LEAD_MOVES: Readonly<Record<LeadMove, string>> = {
  reassign: 'give tasks to one person, or back to anybody',
  pause: 'keep tasks from being claimed',
  resume: 'let paused tasks be claimed again',
  pin: 'put tasks at the head of the queue',
  unpin: 'take tasks from the head of the queue',
  skip: 'put tasks at the end of the queue',
  unskip: 'take tasks from the end of the queue',
};

/** `tasks release`, `tasks comment`, and what leads do to many tasks at once. */
export function registerMoves(tasks: Command, context: CommandContext): void {
  tasks
    .command('release')
    .description('give a task back that you have claimed')
    .addArgument(taskArgument())
    .addOption(reviewerOption())
    .addHelpText('after', examples('spindle tasks release spider/2/107_t2 --reviewer ada'))
    .action((task: string, options: ReviewerChoice) => release(context, task, options));
  tasks
    .command('comment')
    .description('say something about a place in the volume')
    .addArgument(taskArgument())
    .argument('<text>', 'what there is to say, up to 1000 characters')
    .requiredOption('--at <x,y,z>', 'the voxel, by its index along each axis', voxelOf)
    .addOption(reviewerOption())
    .addHelpText('after', examples('spindle tasks comment spider/2/107_t2 "is this S1 or L6?" --at 120,301,8'))
    .action((task: string, text: string, options: ReviewerChoice & { at: Voxel }) =>
      comment(context, task, text, options),
    );
  for (const move of Object.keys(LEAD_MOVES) as LeadMove[]) registerLeadMove(tasks, context, move);
}

function registerLeadMove(tasks: Command, context: CommandContext, move: LeadMove): void {
  const command = tasks
    .command(move)
    .description(LEAD_MOVES[move])
    .argument('[tasks...]', 'the tasks: <dataset>/<round>/<series>')
    .addOption(datasetOption())
    .option('--where <condition>', 'all open tasks of which this holds: state=queued,hospital=RH1,doubt>=0.3')
    .option('--dry-run', 'say which, and do nothing')
    .addOption(reviewerOption());
  if (move === 'reassign') {
    command
      .option('--to <name>', 'who alone may claim them', checkedBy(ReviewerName))
      .option('--anybody', 'whoever comes first may claim them');
  }
  if (move === 'reassign' || move === 'pause') command.option('--reason <text>', 'stands in the history');
  const who = move === 'reassign' ? ' --to ada' : '';
  command
    .addHelpText(
      'after',
      examples(`spindle tasks ${move} spider/2/107_t2${who}`, `spindle tasks ${move} --where "hospital=RH1"${who}`),
    )
    .action((named: string[], options: BulkOptions) => moveAll(context, move, named, options));
}

async function release(context: CommandContext, task: string, choice: ReviewerChoice): Promise<void> {
  const by = reviewerOf(context, choice);
  const view = await (await context.tasks()).move(task, { move: 'release', by });
  context.output.result(view, () => context.output.line(`${task}: ${view.state}`));
}

async function comment(
  context: CommandContext,
  task: string,
  text: string,
  options: ReviewerChoice & { at: Voxel },
): Promise<void> {
  const parsed = TaskMove.safeParse({ move: 'comment', by: reviewerOf(context, options), voxel: options.at, text });
  if (!parsed.success) {
    const expected = parsed.error.issues[0]?.message ?? 'a comment';
    throw new InvalidInputError('command line', 'comment', expected, `${text.length} characters`);
  }
  const view = await (await context.tasks()).move(task, parsed.data);
  context.output.result(view, () => context.output.line(`${task}: ${view.comments?.length ?? 0} comments`));
}

/** What became of one task. */
interface Moved {
  task: string;
  /** Null: done. */
  refused: string | null;
}

async function moveAll(context: CommandContext, move: LeadMove, named: string[], options: BulkOptions): Promise<void> {
  const { output } = context;
  const made = moveOf(move, reviewerOf(context, options), options);
  const tasks = await context.tasks();
  const chosen = await chosenTasks(tasks, named, options);
  const assignee = options.to === undefined ? null : await assigneeOf(context, options.to);
  if (options.dryRun) {
    return output.result({ move, tasks: chosen }, () => {
      for (const task of chosen) output.line(task);
      output.line(`${chosen.length} tasks would be moved: ${move}`);
    });
  }
  const results = await concurrently(chosen, AT_ONCE, (task) => moveOne(tasks, task, made, assignee));
  const refused = results.filter((each) => each.refused !== null);
  output.result({ move, results }, () => {
    for (const each of refused) output.line(`${each.task}: ${each.refused}`);
    output.line(`${move}: ${results.length - refused.length} of ${results.length} tasks`);
  });
  if (refused.length > 0)
    throw new BadResultError(`${move}: ${refused.length} tasks could not be moved`, EXIT.conflict);
}

function moveOf(move: LeadMove, by: string, { to, anybody, reason }: BulkOptions): TaskMove {
  const why = reason === undefined ? {} : { reason };
  if (move !== 'reassign') return TaskMove.parse({ move, by, ...why });
  if ((to === undefined) === (anybody === undefined)) {
    throw new InvalidInputError(
      'command line',
      'reassign',
      'one of --to <name> and --anybody',
      to ? 'both' : 'neither',
    );
  }
  return TaskMove.parse({ move, by, to: to ?? null, ...why });
}

async function chosenTasks(tasks: TaskService, named: string[], { where, dataset }: BulkOptions): Promise<string[]> {
  if (named.length > 0 === (where !== undefined)) {
    const got = where === undefined ? 'neither' : 'both';
    throw new InvalidInputError('command line', 'tasks', 'names of tasks, or --where <condition>', got);
  }
  if (where === undefined) return named.map((task) => TaskId.parse(task));
  const holds = taskCondition(where);
  const rows = await tasks.list(dataset === undefined ? {} : { dataset });
  return rows.filter((row) => !isSettled(row) && holds(row)).map(({ task }) => task);
}

/** Null in an installation without accounts. Throws InvalidInputError for a name without an account. */
async function assigneeOf(context: CommandContext, name: string): Promise<Assignee | null> {
  return new Assignees((await context.store()).bucket).named(name);
}

async function moveOne(tasks: TaskService, task: string, move: TaskMove, assignee: Assignee | null): Promise<Moved> {
  try {
    if (assignee) refuseUnfit(await tasks.show(task), assignee);
    await tasks.move(task, move);
    return { task, refused: null };
  } catch (error) {
    if (!(error instanceof TaskConflictError || error instanceof TaskNotFoundError)) throw error;
    return { task, refused: error.message.replace(`task ${task}: `, '') };
  }
}

type Voxel = [number, number, number];

function voxelOf(text: string): Voxel {
  const parts = text.split(',').map((part) => (/^\d{1,5}$/.test(part.trim()) ? Number(part) : NaN));
  if (parts.length === 3 && parts.every(Number.isInteger)) return parts as Voxel;
  throw new InvalidInputError('command line', '--at', 'three whole numbers, e.g. 120,301,8', JSON.stringify(text));
}

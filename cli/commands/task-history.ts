import { Argument, type Command } from 'commander';
import { NotFoundError } from '../../client/errors.ts';
import { reviewHistory } from '../../client/review-history.ts';
import { SeriesId } from '../../core/ids.ts';
import { labelName } from '../../core/labels.ts';
import type { MaskEntry, TaskView } from '../../core/review.ts';
import { checkedBy } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { decimals, short } from '../round-table.ts';

/** `tasks history`. */
export function registerHistory(tasks: Command, context: CommandContext): void {
  tasks
    .command('history')
    .description('show every mask that people made of a series: author, minutes, what changed')
    .addArgument(new Argument('<series>', 'e.g. 107_t2').argParser(checkedBy(SeriesId)))
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples('spindle tasks history 107_t2', 'spindle tasks history 107_t2 --dataset spider --json'),
    )
    .action((series: string, options: DatasetChoice) => history(context, series, options));
}

async function history(context: CommandContext, series: string, choice: DatasetChoice): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, choice);
  const deps = { tasks: await context.tasks(), store: await context.store() };
  const found = await reviewHistory(deps, dataset, series);
  if (found.length === 0) throw new NotFoundError(`${dataset}: ${series} was never reviewed`);
  output.result({ dataset, series, tasks: found }, () => found.forEach((task, i) => printTask(output, task, i > 0)));
}

function printTask(output: Output, task: TaskView, isNext: boolean): void {
  if (isNext) output.line();
  output.line(`${task.task}: ${task.kind}, ${task.state}`);
  for (const { at, event, reviewer, note } of task.history) {
    output.line(`  ${at}  ${event}${reviewer === null ? '' : ` by ${reviewer}`}${note ? `: ${note}` : ''}`);
  }
  for (const { by, voxel, text } of task.comments ?? []) output.line(`  ${by} at voxel ${voxel.join(', ')}: ${text}`);
  if (!task.masks) return;
  output.table<MaskEntry>(
    [
      { header: '  MASK', value: ({ mask }) => `  ${short(mask.digest)}` },
      { header: 'BASE', value: ({ baseDigest }) => short(baseDigest) },
      { header: 'BY', value: ({ by }) => by },
      { header: 'MINUTES', value: ({ minutes }) => decimals(minutes, 1), align: 'right' },
      { header: 'VOXELS', value: ({ voxelsChanged }) => voxelsChanged, align: 'right' },
      { header: 'STRUCTURES CHANGED', value: ({ structures }) => structures.map(changeWords).join(', ') },
    ],
    task.masks,
  );
}

function changeWords({ before, after, voxelsChanged }: MaskEntry['structures'][number]): string {
  if (before === null) return `${labelName(after!)} added (${voxelsChanged})`;
  if (after === null) return `${labelName(before)} removed (${voxelsChanged})`;
  const renamed = before === after ? '' : ` now ${labelName(after)}`;
  return `${labelName(before)}${renamed} (${voxelsChanged})`;
}

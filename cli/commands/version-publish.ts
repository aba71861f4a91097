import type { Command } from 'commander';
import type { PublishReport } from '../../client/publish-folder.ts';
import { numberWithin } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { printRefusals } from '../refusal-table.ts';
import { reviewerOf, reviewerOption, type ReviewerChoice } from '../reviewer-option.ts';
import { short } from '../round-table.ts';
import { StepProgress } from '../step-progress.ts';
import { versionsCommand } from '../versions-command.ts';

interface PublishOptions extends DatasetChoice, ReviewerChoice {
  minutes: number;
  rehash?: boolean;
}

/** Adds `publish` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('publish')
    .description('publish the masks that were corrected in a checkout as a new version')
    .argument('<folder>', 'a checkout of a version, with masks changed in place')
    .addOption(reviewerOption())
    .option('--minutes <n>', 'that each correction took', numberWithin(0, 100_000), 0)
    .option('--rehash', 'read every mask again, also those that are known to be as they were')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions publish out/ --reviewer anna --minutes 4'))
    .addHelpText(
      'after',
      '\nAll or none: masks that the gates refuse are listed. Only what changed is sent. Interrupted, it goes on where it was.',
    )
    .action((folder: string, options: PublishOptions) => publish(context, folder, options));
}

async function publish(context: CommandContext, folder: string, options: PublishOptions): Promise<void> {
  const { output } = context;
  const reviewer = reviewerOf(context, options);
  const dataset = await existingDataset(context, options);
  const { publishFolder } = await import('../../client/publish-folder.ts');
  const steps = new StepProgress(output);
  const request = { dataset, folder, reviewer, minutes: options.minutes, rehash: options.rehash ?? false };
  const report = await publishFolder(await context.store(), request, (step, done, total, file) =>
    steps.show(step, done, total, file),
  ).finally(() => steps.stop());
  output.result(report, () => print(output, folder, report));
  const { length } = report.refused;
  if (length > 0) throw new BadResultError(`${length} refused: nothing was published`, EXIT.usage);
}

function print(output: Output, folder: string, { version, before, corrected, refused, updated }: PublishReport): void {
  printRefusals(output, refused);
  if (version === null) return;
  const what = corrected.length === 1 ? 'one mask' : `${corrected.length} masks`;
  if (version === before) output.line(`version ${short(version)}: nothing has changed`);
  else output.line(`version ${short(version)}: ${what} corrected since ${short(before)}`);
  if (!updated)
    output.note(`others have published too: ${folder} is no checkout of it; check it out into another folder`);
}

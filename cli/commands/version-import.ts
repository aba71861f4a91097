import type { Command } from 'commander';
import type { ImportReport } from '../../client/imports/import-release.ts';
import { DatasetName } from '../../core/ids.ts';
import { checkedBy, numberWithin, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { printRefusals } from '../refusal-table.ts';
import { short } from '../round-table.ts';
import { StepProgress } from '../step-progress.ts';
import { versionsCommand } from '../versions-command.ts';

interface ImportOptions {
  dataset: DatasetName;
  labels?: string;
  validationShare: number;
  seed: number;
}

/** Adds `import` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('import')
    .description('take a published release in as the first version of a dataset')
    .argument('<folder>', "SPIDER's layout, or an nnU-Net raw dataset")
    .requiredOption('-d, --dataset <name>', 'the new dataset', checkedBy(DatasetName))
    .option(
      '--labels <file>',
      "nnU-Net: what its numbers are, and whose its cases; the dataset's label_mapping.json by default",
    )
    .option(
      '--validation-share <share>',
      'of patients that the release names no set for',
      numberWithin(0.01, 0.99),
      0.18,
    )
    .option('--seed <n>', 'who of them is drawn', wholeNumber(0), 1)
    .addHelpText(
      'after',
      examples(
        'spindle versions import spider/ --dataset spider',
        'spindle versions import nnUNet_raw/Dataset501_spider --dataset again',
      ),
    )
    .addHelpText(
      'after',
      `
Patients keep the set they were published in. What is wrong is refused file by file and listed; the rest goes in. The same
release gives the same version again.`,
    )
    .action((folder: string, options: ImportOptions) => run(context, folder, options));
}

async function run(context: CommandContext, folder: string, options: ImportOptions): Promise<void> {
  const { importRelease } = await import('../../client/imports/import-release.ts');
  const deps = { client: (await context.temporal()).client, store: await context.store() };
  const steps = new StepProgress(context.output);
  const request = { ...options, folder, labels: options.labels ?? null };
  const report = await importRelease(deps, request, (step, done, total, file) =>
    steps.show(step, done, total, file),
  ).finally(() => steps.stop());
  context.output.result(report, () => print(context.output, report));
}

function print(output: Output, { dataset, version, train, validation, drawn, ingest }: ImportReport): void {
  const { added, unchanged, masks, refused } = ingest.summary;
  output.line(
    `${dataset}: version ${short(version)}, ${train} patients train, ${validation} validate (${drawn} of them drawn)`,
  );
  output.line(`${added} series added, ${unchanged} were there already, ${masks} references, ${refused.length} refused`);
  printRefusals(output, refused);
}

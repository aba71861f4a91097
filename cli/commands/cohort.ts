import type { Command } from 'commander';
import type { IngestReport } from '../../client/cohort-ingest.ts';
import { NotFoundError } from '../../client/errors.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { chosenDataset, datasetOption, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { noteMissingWorkers } from '../missing-workers.ts';
import type { Output } from '../output.ts';
import { printRefusals } from '../refusal-table.ts';
import { StepProgress, withProgress } from '../step-progress.ts';

// As in infra/phantom, which is loaded only when a phantom is made.
const PRESETS = ['demo', 'spider', 'wide'] as const;

interface MakeOptions {
  preset: (typeof PRESETS)[number];
  patients: number;
  first: number;
  initial: number;
  seed: number;
}

interface IngestOptions extends DatasetChoice {
  mapping?: string;
  hidden?: string[];
}

export function register(program: Command, context: CommandContext): void {
  const cohort = program.command('cohort').description('cohorts: make a phantom, take one in');
  cohort
    .command('make')
    .description("make a phantom cohort in SPIDER's layout, the same bytes from the same seed")
    .argument('<folder>', 'made when it is missing')
    .option('--preset <name>', `sizes: ${PRESETS.join(', ')}`, oneOf(PRESETS), 'demo')
    .option('--patients <n>', 'how many patients', wholeNumber(1), 16)
    .option('--first <n>', 'number of the first patient', wholeNumber(1), 1)
    .option('--initial <n>', 'how many SPACE series come with their mask', wholeNumber(0), 4)
    .option('--seed <n>', 'everything follows from it', wholeNumber(0), 1)
    .addHelpText(
      'after',
      examples('spindle cohort make phantom/', 'spindle cohort make phantom/ --patients 24 --seed 7'),
    )
    .action((folder: string, options: MakeOptions) => make(context, folder, options));
  cohort
    .command('ingest')
    .description("take a cohort in: SPIDER's layout, or any folder with a mapping")
    .argument('<folder>', 'images/*.mha, optionally masks/*.mha and overview.csv')
    .addOption(datasetOption())
    .option('--mapping <file>', 'which files are which series, for another layout')
    .option('--hidden <patients...>', 'patients of the hidden test: their files go into the sealed bucket')
    .addHelpText(
      'after',
      examples(
        'spindle cohort ingest spider/ --dataset spider',
        'spindle cohort ingest data/ --dataset lumbar --mapping infra/cohorts/lumbar-real.json',
        'spindle cohort ingest spider/ --dataset spider --hidden 12 47',
      ),
    )
    .addHelpText(
      'after',
      `
What is wrong is refused file by file and listed; the rest goes in. Taking the same cohort in again changes nothing and
uploads nothing. The exit code is 2 when nothing could be taken.`,
    )
    .action((folder: string, options: IngestOptions) => ingest(context, folder, options));
}

async function make({ output }: CommandContext, folder: string, options: MakeOptions): Promise<void> {
  const { makePhantomCohort } = await import('../../infra/phantom/cohort.ts');
  const summary = await withProgress(output, 'phantom', (onProgress) =>
    makePhantomCohort({ folder, ...options, onProgress }),
  );
  output.result({ folder, ...summary }, () =>
    output.line(
      `${folder}: ${summary.patients} patients, ${summary.series} series, ${summary.initial.length} with a reference`,
    ),
  );
}

async function ingest(context: CommandContext, folder: string, options: IngestOptions): Promise<void> {
  const { output } = context;
  const dataset = await ingestTarget(context, options);
  const { ingestCohortFolder } = await import('../../client/cohort-ingest.ts');
  const sealed = () => context.sealedStore();
  const deps = { client: (await context.temporal()).client, store: await context.store(), sealed };
  await noteMissingWorkers(context, ['orchestrate', 'imaging']);
  const steps = new StepProgress(output);
  const request = { dataset, folder, mapping: options.mapping ?? null, hidden: options.hidden ?? [] };
  const report = await ingestCohortFolder(deps, request, (step, done, total, file) =>
    steps.show(step, done, total, file),
  ).finally(() => steps.stop());
  output.result(report, () => printIngest(output, report));
  const { added, unchanged, refused } = report.summary;
  if (added + unchanged === 0 && refused.length > 0) {
    throw new BadResultError(`nothing of ${folder} could be taken in`, EXIT.usage);
  }
}

/** As for other commands; the first dataset has to be named. */
async function ingestTarget(context: CommandContext, choice: DatasetChoice): Promise<string> {
  return chosenDataset(context, choice).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    throw new InvalidInputError('command line', '--dataset', 'a name for the first dataset', 'none');
  });
}

function printIngest(output: Output, { dataset, summary, hidden }: IngestReport): void {
  const { added, unchanged, masks, refused } = summary;
  output.line(
    `${dataset}: ${added} series added, ${unchanged} were there already, ${masks} references, ${refused.length} refused`,
  );
  if (hidden.length > 0) output.line(`hidden test, in the sealed bucket: patients ${hidden.join(', ')}`);
  printRefusals(output, refused);
}

import { writeFile } from 'node:fs/promises';
import { InvalidArgumentError, type Command } from 'commander';
import { crossValidation, type CrossFold } from '../../core/cross-validation.ts';
import { TagName } from '../../core/refs.ts';
import { annotatedPatients } from '../../core/split-patients.ts';
import { oneOf, wholeNumber } from '../arguments.ts';
import { commandGroup } from '../command-group.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { exists, refuseExisting, type WriteOptions } from '../new-file.ts';
import type { Output } from '../output.ts';
import { overviewPatients } from '../overview-patients.ts';
import { VERSION } from '../version-argument.ts';

interface FoldOptions extends DatasetChoice, WriteOptions {
  k: number;
  seed: number;
  of?: 'train' | 'all';
  output?: string;
}

type FoldInput = Omit<Parameters<typeof crossValidation>[0], 'k' | 'seed'>;

/** Adds `folds` to `spindle split`. */
export function register(program: Command, context: CommandContext): void {
  commandGroup(program, 'split')
    .command('folds')
    .description('divide patients into k folds, each made up as all of them are')
    .argument('<overview.csv|version>', `a table of series as SPIDER has it, or a version: ${VERSION}`)
    .option('--k <n>', 'how many folds', atLeastTwo, 5)
    .option('--seed <n>', 'another seed draws other folds', wholeNumber(0), 1)
    .option(
      '--of <set>',
      'which patients: train or all; of a version train by default, so that its validation patients stay unseen',
      oneOf(['train', 'all']),
    )
    .option('--output <file>', "write the folds as nnU-Net's splits_final.json")
    .option('--force', 'write over a file that is there')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples('spindle split folds overview.csv --k 5', 'spindle split folds main --k 5 --output splits_final.json'),
    )
    .addHelpText(
      'after',
      '\nAll series of a patient, and all study numbers of a person, are in one fold. Nothing is stored.',
    )
    .action((source: string, options: FoldOptions) => folds(context, source, options));
}

function atLeastTwo(text: string): number {
  const k = wholeNumber(1)(text);
  if (k >= 2) return k;
  throw new InvalidArgumentError('expected a whole number of at least 2.');
}

async function folds(context: CommandContext, source: string, options: FoldOptions): Promise<void> {
  const { k, seed, output: file } = options;
  if (file) await refuseExisting(file, options);
  const input = (await isVersion(source))
    ? await ofVersion(context, source, options)
    : await ofTable(context.output, source, options.of ?? 'all');
  const drawn = crossValidation({ ...input, k, seed });
  if (file) {
    const splits = drawn.map(({ train, val }) => ({ train, val }));
    await writeFile(file, `${JSON.stringify(splits, null, 2)}\n`);
  }
  context.output.result({ k, seed, patients: input.patients.length, folds: drawn }, () => print(context.output, drawn));
  if (file) context.output.note(`wrote ${file}`);
}

async function isVersion(source: string): Promise<boolean> {
  if (await exists(source)) return false;
  return (
    source === 'main' ||
    /^[0-9a-f]{4,64}$/.test(source) ||
    (TagName.safeParse(source).success && !/\.csv$/.test(source))
  );
}

async function ofTable(output: Output, file: string, of: 'train' | 'all'): Promise<FoldInput> {
  const { patients, rows, published } = await overviewPatients(output, file);
  const isMeant = (patient: string) => of === 'all' || published.get(patient) === 'train';
  return {
    patients: patients.filter(({ patient }) => isMeant(patient)),
    series: rows.filter(({ study }) => isMeant(study)).map(({ series, study }) => ({ series, patient: study })),
    persons: [],
  };
}

async function ofVersion(context: CommandContext, meant: string, options: FoldOptions): Promise<FoldInput> {
  const dataset = await existingDataset(context, options);
  const { readVersion, resolveVersion } = await import('../../client/versions.ts');
  const { refuseHiddenIn } = await import('../../client/refuse-hidden.ts');
  const store = await context.store();
  const { version, manifest } = await readVersion(store, dataset, await resolveVersion(store, dataset, meant));
  await refuseHiddenIn(store, version, manifest);
  const series = manifest.series.filter(({ split }) => options.of === 'all' || split === 'train');
  return { patients: annotatedPatients(series), series, persons: manifest.persons ?? [] };
}

function print(output: Output, drawn: readonly CrossFold[]): void {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const counts = (fold: CrossFold, group: string) =>
    fold.table
      .filter((row) => row.group === group)
      .map(({ value, validation }) => `${value} ${validation}`)
      .join(', ');
  output.table(
    [
      { header: 'FOLD', value: ({ number }) => number, align: 'right' },
      { header: 'PATIENTS', value: ({ fold }) => fold.patients.length, align: 'right' },
      { header: 'SERIES', value: ({ fold }) => fold.val.length, align: 'right' },
      { header: 'HOSPITALS', value: ({ fold }) => counts(fold, 'hospital') },
      { header: 'SEX', value: ({ fold }) => counts(fold, 'sex') },
      { header: 'SEQUENCES', value: ({ fold }) => counts(fold, 'sequences') },
      { header: 'IMBALANCE', value: ({ fold }) => percent(fold.imbalance.overall), align: 'right' },
    ],
    drawn.map((fold, number) => ({ number, fold })),
  );
  output.line('who validates in each fold; all others train in it');
}

import type { Command } from 'commander';
import type { ExportReport, ExportRequest } from '../../client/exports/export-version.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { trainerPython } from '../../infra/local/paths.ts';
import { numberWithin, oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { short } from '../round-table.ts';
import { withProgress } from '../step-progress.ts';
import { VERSION } from '../version-argument.ts';
import { versionsCommand } from '../versions-command.ts';

// As in client/exports and core/exports, which are loaded only when something is exported.
const FORMATS = ['spider', 'nnunet', 'bids', 'croissant', 'dicom-seg'] as const;
const LABELLINGS = ['semantic', 'instances'] as const;
const DEFAULT_ID = 501;

interface ExportOptions extends DatasetChoice {
  format: (typeof FORMATS)[number];
  licenseFile?: string;
  citationFile?: string;
  about?: string;
  id?: number;
  labels?: (typeof LABELLINGS)[number];
  folds?: number;
  seed?: number;
}

/** Options that belong to one format. */
const OF_FORMAT = { id: 'nnunet', labels: 'nnunet', folds: 'nnunet', seed: 'nnunet', about: 'croissant' } as const;

/** Adds `export` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('export')
    .description('write a version as a release folder, an nnU-Net raw dataset, BIDS derivatives or DICOM')
    .argument('<version>', VERSION)
    .argument('<folder>', 'new, empty, or the same export, begun or whole')
    .requiredOption('--format <name>', FORMATS.join(', '), oneOf(FORMATS))
    .addOption(datasetOption())
    .option('--license-file <file>', 'goes in as LICENSE')
    .option('--citation-file <file>', 'goes in as CITATION.cff')
    .option('--about <file>', 'croissant: what no manifest knows, as JSON (license, url, creator, datePublished, …)')
    .option('--id <n>', `nnunet: the number of the dataset, ${DEFAULT_ID} by default`, datasetNumber)
    .option('--labels <kind>', 'nnunet: semantic (vertebra, disc, canal) or instances', oneOf(LABELLINGS))
    .option('--folds <n>', "nnunet: the version's split and n - 1 more among its training patients", wholeNumber(1))
    .option('--seed <n>', 'nnunet: of the folds, 1 by default', wholeNumber(0))
    .addHelpText(
      'after',
      examples(
        'spindle versions export main release/ --format spider --license-file LICENSE',
        'spindle versions export main nnUNet_raw/ --format nnunet --folds 5',
        'spindle versions export main bids/ --format bids',
        'spindle versions export main dicom/ --format dicom-seg',
      ),
    )
    .addHelpText('after', '\nEvery file is verified as it is read. Interrupted, it goes on where it was.')
    .action((version: string, folder: string, options: ExportOptions) => run(context, version, folder, options));
}

function datasetNumber(text: string): number {
  wholeNumber(1)(text);
  return numberWithin(1, 999)(text);
}

async function run(context: CommandContext, meant: string, into: string, options: ExportOptions): Promise<void> {
  const { format, licenseFile, citationFile, about, id, labels, folds, seed } = options;
  for (const [option, belongsTo] of Object.entries(OF_FORMAT)) {
    if (options[option as keyof typeof OF_FORMAT] === undefined || belongsTo === format) continue;
    throw new InvalidInputError('command line', `--${option}`, `--format ${belongsTo}`, format);
  }
  const dataset = await existingDataset(context, options);
  const { resolveVersion } = await import('../../client/versions.ts');
  const { exportVersion } = await import('../../client/exports/export-version.ts');
  const store = await context.store();
  const request: ExportRequest = {
    dataset,
    version: await resolveVersion(store, dataset, meant),
    into,
    format,
    licenceFile: licenseFile ?? null,
    citationFile: citationFile ?? null,
    aboutFile: about ?? null,
    python: trainerPython,
    nnunet: { id: id ?? DEFAULT_ID, labels: labels ?? 'semantic', folds: folds ?? 1, seed: seed ?? 1 },
  };
  const report = await withProgress(context.output, 'export', (onProgress) =>
    exportVersion(store, request, onProgress),
  );
  context.output.result(report, () => print(context.output, report));
}

function print(output: Output, { version, format, folder, series, written, kept, missing }: ExportReport): void {
  const already = kept > 0 ? `, ${kept} were there already` : '';
  output.line(
    `version ${short(version)} as ${format}: ${series} series in ${folder} (${written} files written${already})`,
  );
  if (missing.length > 0) output.line(`nobody gave, and nothing was made up for: ${missing.join(', ')}`);
}

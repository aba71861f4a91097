import { availableParallelism, totalmem } from 'node:os';
import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { EvaluationPool } from '../../adapters/evaluation/thread-pool.ts';
import type { PicturedCase } from '../../adapters/report/page.ts';
import type { ReferenceSeries } from '../../client/evaluation-items.ts';
import type { SplitSet } from '../../core/catalog.ts';
import type { EvaluationReport, EvaluationSettings } from '../../core/evaluation-report.ts';
import { PROTOCOLS } from '../../core/protocol.ts';
import { TagName } from '../../core/refs.ts';
import { SURFACE_DEFINITIONS, type SurfaceDefinition } from '../../core/surface-distance.ts';
import { numberWithin, oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { printEvaluation } from '../evaluation-tables.ts';
import { examples } from '../examples.ts';

interface EvaluateOptions extends DatasetChoice {
  reference: string;
  prediction: string;
  protocol: (typeof PROTOCOLS)[number] | 'both';
  asd: SurfaceDefinition;
  tolerance: number;
  set: SplitSet | 'all';
  overview?: string;
  leaveOutIncomplete?: true;
  csv?: string;
  tables?: string;
  html?: string;
  threads: number;
  seed: number;
}

/** What a series under work takes per voxel: two masks, the bytes they came from, and the boxes of its structures. */
const BYTES_PER_VOXEL = 16;
const MEMORY_SHARE = 0.5;
const WORST_CASES = 6;

export function register(program: Command, context: CommandContext): void {
  program
    .command('evaluate')
    .description('score predicted masks against reference masks: Dice, surface distances, detection, completeness')
    .requiredOption('--reference <file|dir|version>', 'a mask, a folder of masks, a checkout, or a stored version')
    .requiredOption('--prediction <file|dir>', 'a mask, or a folder of masks with the same names')
    .addOption(
      new Option('--protocol <name>', 'how structures are matched and counted: spider, strict or both')
        .default('both')
        .argParser(oneOf([...PROTOCOLS, 'both'])),
    )
    .addOption(
      new Option('--asd <name>', `the surface and its average: ${SURFACE_DEFINITIONS.join(', ')}`)
        .default('authors')
        .argParser(oneOf(SURFACE_DEFINITIONS)),
    )
    .option('--tolerance <mm>', 'of the surface Dice', numberWithin(0, 100), 1)
    .option('--leave-out-incomplete', 'leave out vertebrae that are only partly in view')
    .option(
      '--overview <file>',
      "SPIDER's overview.csv, for the hospitals; the one in the reference's folder by default",
    )
    .addOption(
      new Option('--set <name>', 'of a stored version: validation, train or all')
        .default('validation')
        .argParser(oneOf(['validation', 'train', 'all'])),
    )
    .addOption(datasetOption())
    .option('--csv <file>', 'also write a line for every structure')
    .option('--tables <file>', 'also write the tables as CSV: structure × sequence × hospital')
    .option('--html <file>', 'also write a page with tables, plots and pictures of the worst cases')
    .option('--threads <n>', 'series evaluated at a time', wholeNumber(1), availableParallelism())
    .option('--seed <n>', 'of the intervals', wholeNumber(0), 1)
    .addHelpText(
      'after',
      examples(
        'spindle evaluate --reference ref.mha --prediction pred.mha',
        'spindle evaluate --reference cohort/ --prediction predictions/ --html report.html',
        'spindle evaluate --reference main --prediction predictions/ --protocol spider --json',
      ),
    )
    .action((options: EvaluateOptions) => run(context, options));
}

async function run(context: CommandContext, options: EvaluateOptions): Promise<void> {
  const { output } = context;
  const { evaluate } = await import('../../client/evaluate.ts');
  const { masksAt } = await import('../../client/mask-files.ts');
  const references = await referencesOf(context, options);
  const predictions = await masksAt(options.prediction, '--prediction');
  const single = await singlePair(options);
  // Two files that are named belong together whatever their names.
  const paired = single ? new Map([[references[0]!.series, [...predictions.values()][0]!]]) : predictions;
  const pool = await openPool(context, options.threads);
  const progress = output.progress('evaluating', references.length);
  const report = await evaluate(pool, {
    references,
    predictions: paired,
    settings: settingsOf(options),
    width: options.threads + 2,
    onRefused: single ? 'throw' : 'charge',
    onProgress: (done, series) => progress.update(done, series),
  }).finally(() => progress.stop());
  await writeFiles(pool, options, report, references, paired);
  output.result(report, () => printEvaluation(output, report));
  for (const file of [options.csv, options.tables, options.html]) if (file) output.note(`wrote ${file}`);
}

async function openPool(context: CommandContext, threads: number): Promise<EvaluationPool> {
  const { EvaluationPool } = await import('../../adapters/evaluation/thread-pool.ts');
  const pool = new EvaluationPool({ threads, voxels: (totalmem() * MEMORY_SHARE) / BYTES_PER_VOXEL });
  context.onClose(() => pool.close());
  return pool;
}

function settingsOf({ protocol, asd, tolerance, leaveOutIncomplete, seed }: EvaluateOptions): EvaluationSettings {
  return {
    protocols: protocol === 'both' ? [...PROTOCOLS] : [protocol],
    asd,
    toleranceMm: tolerance,
    leaveOutIncomplete: leaveOutIncomplete === true,
    seed,
  };
}

/** A path where there is one, else a stored version. */
async function referencesOf(context: CommandContext, options: EvaluateOptions): Promise<ReferenceSeries[]> {
  const [{ referenceAt, referenceOfVersion }, { kindOf }] = await Promise.all([
    import('../../client/evaluation-items.ts'),
    import('../../client/mask-files.ts'),
  ]);
  const { reference, overview, set } = options;
  const path = (await kindOf(reference)) !== 'none';
  if (path || !(await mayBeVersion(context, reference))) return referenceAt(reference, overview);
  const { readVersion, resolveVersion } = await import('../../client/versions.ts');
  const { refuseHiddenIn } = await import('../../client/refuse-hidden.ts');
  const dataset = await existingDataset(context, options);
  const store = await context.store();
  const version = await resolveVersion(store, dataset, reference);
  const { manifest } = await readVersion(store, dataset, version);
  await refuseHiddenIn(store, version, manifest);
  return referenceOfVersion(store, manifest, set);
}

/** A tag looks like any name: without servers it is taken for a path that is not there. */
async function mayBeVersion(context: CommandContext, reference: string): Promise<boolean> {
  if (/^(main|[0-9a-f]{4,64})$/.test(reference)) return true;
  if (!TagName.safeParse(reference).success) return false;
  return context.store().then(
    () => true,
    () => false,
  );
}

async function singlePair({ reference, prediction }: EvaluateOptions): Promise<boolean> {
  const { kindOf } = await import('../../client/mask-files.ts');
  return (await kindOf(reference)) === 'file' && (await kindOf(prediction)) === 'file';
}

async function writeFiles(
  pool: EvaluationPool,
  { csv, tables, html }: EvaluateOptions,
  report: EvaluationReport,
  references: readonly ReferenceSeries[],
  predictions: ReadonlyMap<string, string>,
): Promise<void> {
  const { evaluationCsv, tablesCsv } = await import('../../client/evaluation-csv.ts');
  if (csv) await writeFile(csv, evaluationCsv(report));
  if (tables) await writeFile(tables, tablesCsv(report));
  if (!html) return;
  const { evaluationPage, worstSeries } = await import('../../adapters/report/page.ts');
  const { drawCase } = await import('../../client/evaluate.ts');
  const worst = worstSeries(report, WORST_CASES).map(({ series }) => series);
  const cases: PicturedCase[] = await Promise.all(
    worst.map(async (series) => {
      const reference = references.find((each) => each.series === series)!;
      const used = report.series.find((each) => each.series === series)!.prediction === 'given';
      const { png } = await drawCase(pool, reference, used ? predictions.get(series) : undefined);
      return { series, png };
    }),
  );
  await writeFile(html, evaluationPage(report, cases));
}

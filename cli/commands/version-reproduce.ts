import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { DEFAULT_POLICY } from '../../client/policies.ts';
import type { QueueName } from '../../client/workers.ts';
import type { DatasetName, Digest } from '../../core/ids.ts';
import { OUTCOMES, REPRODUCED, type Reproduction, type ReproductionCheck } from '../../core/reproduction.ts';
import { MARGINS } from '../../core/retraining.ts';
import type { ReproduceInput } from '../../workflows/reproduce-version.ts';
import { numberWithin } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { noteMissingWorkers } from '../missing-workers.ts';
import type { Output } from '../output.ts';
import { printRetrainings } from '../retraining-table.ts';
import { short } from '../round-table.ts';
import type { StepProgress } from '../step-progress.ts';
import { VERSION } from '../version-argument.ts';
import { watchResult } from '../watch-result.ts';
import { versionsCommand } from '../versions-command.ts';

interface ReproduceOptions extends DatasetChoice {
  models: boolean;
  retrain?: boolean;
  retrainOnly?: string[];
  marginDice: number;
  marginAsd: number;
}

/** Adds `reproduce` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('reproduce')
    .description('derive a version again from what it came from, and compare item by item')
    .argument('[version]', VERSION, 'main')
    .option('--no-models', 'run no model again: neither proposals nor evaluations')
    .option('--retrain', 'train every model of the lineage again, and compare the two on the validation patients')
    .option('--retrain-only <models...>', 'train only these again: digests or their beginnings, or "serving"')
    .option('--margin-dice <n>', 'a mean Dice so much apart is equivalent', numberWithin(0, 1), MARGINS.dice)
    .option('--margin-asd <mm>', 'and a mean surface distance', numberWithin(0, 100), MARGINS.asdMm)
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples(
        'spindle versions reproduce',
        'spindle versions reproduce 3f9a --no-models --json',
        'spindle versions reproduce main --retrain',
      ),
    )
    .addHelpText(
      'after',
      [
        '',
        'Nothing is changed. Trained weights are compared by digest; --retrain runs the recorded trainings again on the training',
        'workers, however long they took, and judges what comes out by what it does. Exit code 1 when something differs or can',
        'not be derived; docs/format.md says what is compared, and within which tolerance.',
      ].join('\n'),
    )
    .action((version: string, options: ReproduceOptions) => reproduce(context, version, options));
}

async function reproduce(context: CommandContext, meant: string, options: ReproduceOptions): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const { resolveVersion } = await import('../../client/versions.ts');
  const version = await resolveVersion(await context.store(), dataset, meant);
  const retrain = await retrainOf(context, dataset, options);
  const { models } = options;
  const input = { dataset, version, window: DEFAULT_POLICY.segmentWindow, models, ...(retrain ? { retrain } : {}) };
  await noteMissingWorkers(context, queuesOf(input));
  const { client } = await context.temporal();
  const report = await resultOf(client, output, input);
  output.result(report, () => print(output, report));
  if (!report.reproduced) throw new BadResultError(`version ${short(version)} was not reproduced`, EXIT.failed);
}

async function retrainOf(
  context: CommandContext,
  dataset: DatasetName,
  { retrain, retrainOnly, marginDice, marginAsd }: ReproduceOptions,
): Promise<ReproduceInput['retrain'] | undefined> {
  if (!retrain && !retrainOnly) return undefined;
  const margins = { dice: marginDice, asdMm: marginAsd };
  if (!retrainOnly) return { models: null, margins };
  const [{ resolveModel }, store] = await Promise.all([import('../../client/models.ts'), context.store()]);
  const models: Digest[] = [];
  for (const each of retrainOnly) models.push((await resolveModel(store, dataset, each)).model);
  return { models: [...new Set(models)], margins };
}

function queuesOf({ models, retrain }: ReproduceInput): QueueName[] {
  return [
    'orchestrate',
    'imaging',
    ...(models || retrain ? (['inference'] as const) : []),
    ...(retrain ? (['train-gpu'] as const) : []),
  ];
}

/** Starts a reproduction, or joins one that is under way; one that trains nothing is waited for, where trainings are wanted. */
async function resultOf(client: Client, output: Output, input: ReproduceInput): Promise<Reproduction> {
  const { reproductionProgress, reproductionResult, startReproduction } = await import('../../client/reproductions.ts');
  for (;;) {
    const { workflow, joined } = await startReproduction(client, input);
    const isOther = joined && input.retrain && !(await reproductionProgress(client, workflow)).trainings;
    if (joined) {
      const then = isOther ? ', and training again after it' : '';
      output.note(`${workflow} is under way already: watching it${then}`);
    }
    const report = await watched(client, workflow, output, reproductionResult(client, workflow));
    if (!isOther) return report;
  }
}

async function watched<T>(client: Client, workflow: string, output: Output, result: Promise<T>): Promise<T> {
  const { reproductionProgress } = await import('../../client/reproductions.ts');
  return watchResult(output, result, async (progress) => {
    const { done, total, trainings } = await reproductionProgress(client, workflow);
    if (trainings && trainings.total > 0) return showTrainings(client, workflow, progress, trainings);
    if (total > 0) progress.show('series derived again', done, total);
  });
}

async function showTrainings(
  client: Client,
  workflow: string,
  progress: StepProgress,
  { done, total }: { done: number; total: number },
): Promise<void> {
  const { trainingsUnderWay } = await import('../../client/reproductions.ts');
  const running = await trainingsUnderWay(client, workflow);
  const detail = running.map(({ step, fraction }) => `step ${step}, ${Math.floor(fraction * 100)} %`).join('; ');
  progress.show('models trained again', done, total, detail);
}

function print(output: Output, report: Reproduction): void {
  const { version, series, counts, findings, findingsLeftOut, retrainings, allEqual, reproduced } = report;
  const kinds = REPRODUCED.filter((what) => what !== 'retraining' || retrainings !== undefined);
  output.table(
    [
      { header: 'DERIVED AGAIN', value: (what) => what },
      ...OUTCOMES.map((outcome) => ({
        header: outcome.toUpperCase(),
        value: (what: (typeof REPRODUCED)[number]) => counts[what][outcome],
        align: 'right' as const,
      })),
    ],
    kinds,
  );
  if (retrainings) printRetrainings(output, retrainings);
  if (findings.length > 0) {
    output.line();
    output.table<ReproductionCheck>(
      [
        { header: 'WHAT', value: ({ what }) => what },
        { header: 'OF', value: ({ of }) => (of.length === 64 ? short(of) : of) },
        { header: 'OUTCOME', value: ({ outcome }) => outcome },
        { header: 'DETAIL', value: ({ detail }) => detail },
      ],
      findings,
    );
  }
  if (findingsLeftOut > 0) output.line(`and ${findingsLeftOut} more`);
  output.line();
  const verdict = allEqual ? 'all equal' : reproduced ? 'reproduced within tolerance' : 'not reproduced';
  output.line(`version ${short(version)} of ${series} series: ${verdict}`);
}

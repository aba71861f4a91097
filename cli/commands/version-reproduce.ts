import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { DEFAULT_POLICY } from '../../client/policies.ts';
import { OUTCOMES, REPRODUCED, type Reproduction, type ReproductionCheck } from '../../core/reproduction.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { noteMissingWorkers } from '../missing-workers.ts';
import type { Output } from '../output.ts';
import { short } from '../round-table.ts';
import { VERSION } from '../version-argument.ts';
import { watchResult } from '../watch-result.ts';
import { versionsCommand } from '../versions-command.ts';

interface ReproduceOptions extends DatasetChoice {
  models: boolean;
}

/** Adds `reproduce` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('reproduce')
    .description('derive a version again from what it came from, and compare item by item')
    .argument('[version]', VERSION, 'main')
    .option('--no-models', 'run no model again: neither proposals nor evaluations')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions reproduce', 'spindle versions reproduce 3f9a --no-models --json'))
    .addHelpText(
      'after',
      [
        '',
        'Nothing is changed. Trained weights are compared by digest, not trained again. Exit code 1 when something differs or can',
        'not be derived; docs/format.md says what is compared, and within which tolerance.',
      ].join('\n'),
    )
    .action((version: string, options: ReproduceOptions) => reproduce(context, version, options));
}

async function reproduce(context: CommandContext, meant: string, options: ReproduceOptions): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const [{ resolveVersion }, { startReproduction, reproductionResult }] = await Promise.all([
    import('../../client/versions.ts'),
    import('../../client/reproductions.ts'),
  ]);
  const version = await resolveVersion(await context.store(), dataset, meant);
  const { client } = await context.temporal();
  const input = { dataset, version, window: DEFAULT_POLICY.segmentWindow, models: options.models };
  const queues = options.models
    ? (['orchestrate', 'imaging', 'inference'] as const)
    : (['orchestrate', 'imaging'] as const);
  await noteMissingWorkers(context, queues);
  const { workflow } = await startReproduction(client, input);
  const report = await watched(client, workflow, output, reproductionResult(client, workflow));
  output.result(report, () => print(output, report));
  if (!report.reproduced) throw new BadResultError(`version ${short(version)} was not reproduced`, EXIT.failed);
}

async function watched<T>(client: Client, workflow: string, output: Output, result: Promise<T>): Promise<T> {
  const { reproductionProgress } = await import('../../client/reproductions.ts');
  return watchResult(output, result, async (progress) => {
    const { done, total } = await reproductionProgress(client, workflow);
    if (total > 0) progress.show('series derived again', done, total);
  });
}

function print(output: Output, report: Reproduction): void {
  const { version, series, counts, findings, findingsLeftOut, allEqual, reproduced } = report;
  output.table(
    [
      { header: 'DERIVED AGAIN', value: (what) => what },
      ...OUTCOMES.map((outcome) => ({
        header: outcome.toUpperCase(),
        value: (what: (typeof REPRODUCED)[number]) => counts[what][outcome],
        align: 'right' as const,
      })),
    ],
    REPRODUCED,
  );
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

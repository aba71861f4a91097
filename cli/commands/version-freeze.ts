import type { Command } from 'commander';
import { DEFAULT_POLICY } from '../../client/policies.ts';
import { numberWithin, wholeNumber } from '../arguments.ts';
import { commandGroup } from '../command-group.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { noteMissingWorkers } from '../missing-workers.ts';
import { short } from '../round-table.ts';

interface FreezeOptions extends DatasetChoice {
  validationShare: number;
  seed: number;
}

/** Adds `freeze` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  commandGroup(program, 'versions')
    .command('freeze')
    .description('publish what the dataset holds now as a version, without a round')
    .option(
      '--validation-share <share>',
      'of patients who have no set yet',
      numberWithin(0.01, 0.99),
      DEFAULT_POLICY.validationShare,
    )
    .option('--seed <n>', 'who of them is drawn', wholeNumber(0), DEFAULT_POLICY.seed)
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions freeze', 'spindle versions freeze --dataset spider --json'))
    .addHelpText('after', '\nA recorded re-split takes effect. Content that is published already keeps its version.')
    .action((options: FreezeOptions) => freeze(context, options));
}

async function freeze(context: CommandContext, options: FreezeOptions): Promise<void> {
  const { validationShare, seed } = options;
  const { freezeNow } = await import('../../client/freezing.ts');
  const dataset = await existingDataset(context, options);
  const deps = { client: (await context.temporal()).client, store: await context.store() };
  await noteMissingWorkers(context, ['orchestrate']);
  const report = await freezeNow(deps, { dataset, validationShare, seed });
  const { version, before } = report;
  if (version === null) throw new BadResultError(`dataset "${dataset}" has no reference to publish`, EXIT.conflict);
  context.output.result(report, () =>
    context.output.line(
      version === before
        ? `${dataset}: nothing has changed since version ${short(version)}`
        : `${dataset}: version ${short(version)}, after ${short(before) ?? 'none'}`,
    ),
  );
}

import type { Command } from 'commander';
import type { FreshReport } from '../../client/fresh-splits.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { numberWithin, wholeNumber } from '../arguments.ts';
import { commandGroup } from '../command-group.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { short } from '../round-table.ts';

interface FreshOptions extends DatasetChoice {
  seed?: number;
  share: number;
  reason?: string;
  withdraw?: boolean;
}

/** Adds `fresh` to `spindle split`. */
export function register(program: Command, context: CommandContext): void {
  commandGroup(program, 'split')
    .command('fresh')
    .description('record that the next version is split anew, from nothing')
    .option('--seed <n>', 'by which patients are drawn', wholeNumber(0))
    .option('--reason <text>', 'why; it stands in every manifest from then on')
    .option('--share <share>', 'share of patients for validation', numberWithin(0.01, 0.99), 0.18)
    .option('--withdraw', 'take back one that has not taken effect')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples('spindle split fresh --seed 7 --reason "two scanners joined"', 'spindle split fresh --withdraw'),
    )
    .addHelpText(
      'after',
      `
Only this moves patients from validation to train. It takes effect when the next training set is frozen: at the beginning of the
next round, or by \`spindle versions freeze\`. Models that have seen who then validates are marked in the manifest, and are not
judged on such versions any more: that is refused.`,
    )
    .action((options: FreshOptions) => fresh(context, options));
}

async function fresh(context: CommandContext, options: FreshOptions): Promise<void> {
  const { seed, reason, share: validationShare } = options;
  const { recordFreshSplit, withdrawFreshSplit } = await import('../../client/fresh-splits.ts');
  const dataset = await existingDataset(context, options);
  const store = await context.store();
  if (options.withdraw) {
    const withdrawn = await withdrawFreshSplit(store, dataset);
    context.output.result({ dataset, withdrawn }, () =>
      context.output.line(`the re-split with seed ${withdrawn.seed} ("${withdrawn.reason}") is taken back`),
    );
    return;
  }
  if (seed === undefined) throw new InvalidInputError('command line', '--seed', 'a number', 'none');
  if (!reason?.trim()) throw new InvalidInputError('command line', '--reason', 'why patients change sets', 'none');
  const report = await recordFreshSplit(store, dataset, { seed, validationShare, reason: reason.trim() });
  context.output.result(report, () => print(context.output, report));
}

function print(output: Output, { dataset, train, validation, toTrain, toValidation, barred }: FreshReport): void {
  const names = (patients: readonly string[]) => (patients.length > 0 ? `: ${patients.join(', ')}` : '');
  output.line(
    `${dataset}: recorded; takes effect when the next training set is frozen, or by \`spindle versions freeze\``,
  );
  output.line(`by today's patients ${train} train and ${validation} validate`);
  output.line(`from validation to train ${toTrain.length}${names(toTrain)}`);
  output.line(`from train to validation ${toValidation.length}${names(toValidation)}`);
  if (barred.length === 0) return;
  output.line();
  output.table(
    [
      { header: 'MODEL', value: ({ model }) => short(model) },
      { header: 'SERVES', value: ({ serves }) => (serves ? 'yes' : null) },
      { header: 'HAS SEEN', value: ({ patients }) => patients.join(', ') },
    ],
    barred,
  );
  output.line('these will not be judged on the new versions');
}

import type { Command } from 'commander';
import { ReviewRecords } from '../../adapters/review-records.ts';
import { biasReport } from '../../core/bias-report.ts';
import { TOLERANCES_MM, type ToleranceMm } from '../../core/bias.ts';
import { oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { printBias } from '../review-tables.ts';

interface ReportOptions extends DatasetChoice {
  round?: number;
  tolerance: string;
}

export function register(program: Command, context: CommandContext): void {
  const bias = program.command('bias').description('how far corrected references lean towards the model');
  bias
    .command('report')
    .description('estimate the lean from blinded controls, with intervals')
    .addOption(datasetOption())
    .option('--round <n>', 'only the controls of this round', wholeNumber(0))
    .option(
      '--tolerance <mm>',
      'gross errors lie farther than this from the border',
      oneOf(TOLERANCES_MM.map(String)),
      '1',
    )
    .addHelpText('after', examples('spindle bias report', 'spindle bias report --round 2 --json'))
    .action((options: ReportOptions) => report(context, options));
}

async function report(context: CommandContext, options: ReportOptions): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const controls = await new ReviewRecords(await context.store(), dataset).controls();
  const { round } = options;
  const toleranceMm = Number(options.tolerance) as ToleranceMm;
  const made = biasReport(controls, { dataset, toleranceMm, ...(round !== undefined && { round }) });
  output.result(made, () => printBias(output, made));
}

import type { Command } from 'commander';
import { ReviewRecords } from '../../adapters/review-records.ts';
import { biasReport, type BiasReport, type ClassBias, type Lean } from '../../core/bias-report.ts';
import { TOLERANCES_MM, type ToleranceMm } from '../../core/bias.ts';
import { valueOf } from '../../core/measure.ts';
import { oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { decimals } from '../round-table.ts';

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

/** A line per class. Says so when there are no controls. */
export function printBias(output: Output, report: BiasReport): void {
  const where = `${report.dataset}${report.round === null ? '' : `, round ${report.round}`}`;
  if (report.controls === 0) {
    output.line(`${where}: no blinded controls; the policy's --controls sets their share`);
    return;
  }
  output.line(
    `${where}: ${report.controls} blinded control${report.controls === 1 ? '' : 's'} of ${report.patients} ` +
      `patient${report.patients === 1 ? '' : 's'}; 0: no lean towards the model, 1: its proposals as they are`,
  );
  output.table<ClassBias>(
    [
      { header: 'STRUCTURES', value: (row) => row.class },
      { header: 'SERIES', value: ({ series }) => series, align: 'right' },
      { header: 'LEAN', value: ({ everywhere }) => decimals(valueOf(everywhere.lean), 3), align: 'right' },
      { header: '95 %', value: ({ everywhere }) => interval(everywhere) },
      {
        header: `BEYOND ${report.toleranceMm} MM`,
        value: ({ beyond }) => decimals(valueOf(beyond.lean), 3),
        align: 'right',
      },
      { header: '95 %', value: ({ beyond }) => interval(beyond) },
    ],
    report.classes,
  );
}

function interval({ interval: found }: Lean): string | null {
  return found && `${found.low.toFixed(3)} to ${found.high.toFixed(3)}`;
}

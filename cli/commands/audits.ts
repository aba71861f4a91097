import type { Command } from 'commander';
import { ReviewRecords } from '../../adapters/review-records.ts';
import { auditReport, ERROR_DICE, type AuditReport, type ErrorRate } from '../../core/mask-audit.ts';
import { valueOf } from '../../core/measure.ts';
import { numberWithin, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { decimals } from '../round-table.ts';

interface ReportOptions extends DatasetChoice {
  round?: number;
  threshold: number;
}

export function register(program: Command, context: CommandContext): void {
  const audits = program.command('audits').description('the error that review lets pass');
  audits
    .command('report')
    .description('estimate the residual error of quickly accepted masks from random audits')
    .addOption(datasetOption())
    .option('--round <n>', 'only the audits of this round', wholeNumber(0))
    .option('--threshold <dice>', 'a structure under this Dice is in error', numberWithin(0, 1), ERROR_DICE)
    .addHelpText('after', examples('spindle audits report', 'spindle audits report --round 2 --json'))
    .action((options: ReportOptions) => report(context, options));
}

async function report(context: CommandContext, options: ReportOptions): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const audits = await new ReviewRecords(await context.store(), dataset).audits();
  const { round, threshold: errorDice } = options;
  const made = auditReport(audits, { dataset, errorDice, ...(round !== undefined && { round }) });
  output.result(made, () => printAudits(output, made));
}

/** A line per class, and one for whole masks. Says so when nothing was audited. */
export function printAudits(output: Output, report: AuditReport): void {
  const where = `${report.dataset}${report.round === null ? '' : `, round ${report.round}`}`;
  if (report.audits === 0) {
    output.line(`${where}: nothing was audited; the policy's --audits sets the share`);
    return;
  }
  output.line(
    `${where}: ${report.audits} audit${report.audits === 1 ? '' : 's'} of masks accepted untouched or quickly; ` +
      `in error: missing, superfluous, misnumbered, or Dice under ${report.errorDice}`,
  );
  output.table<ErrorRate>(
    [
      { header: 'OF', value: ({ of }) => of },
      { header: 'COUNT', value: ({ count }) => count, align: 'right' },
      { header: 'ERRORS', value: ({ errors }) => errors, align: 'right' },
      { header: 'RATE', value: ({ rate }) => decimals(valueOf(rate), 3), align: 'right' },
      {
        header: '95 %',
        value: ({ interval }) => interval && `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`,
      },
    ],
    report.rates,
  );
}

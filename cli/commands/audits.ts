import type { Command } from 'commander';
import { ReviewRecords } from '../../adapters/review-records.ts';
import { auditReport, ERROR_DICE } from '../../core/mask-audit.ts';
import { numberWithin, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { printAudits } from '../review-tables.ts';

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

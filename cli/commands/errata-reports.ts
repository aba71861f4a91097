import type { Command } from 'commander';
import { PublicText } from '../../core/erratum.ts';
import type { ReceivedReport } from '../../core/erratum-report.ts';
import { labelName } from '../../core/labels.ts';
import { checkedBy } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { noteMissingWorkers } from '../missing-workers.ts';

const REPORT = 'its id, or four or more characters of it';

/** Adds to `spindle errata` what comes of reports that the public makes on the page. */
export function register(program: Command, context: CommandContext): void {
  const errata = program.commands.find((command) => command.name() === 'errata');
  if (!errata) throw new Error('`errata` is registered after what belongs under it');
  errata
    .command('reports')
    .description('list what the public reported on the page and nobody has looked at; with --all also what was settled')
    .option('--all', 'accepted and dismissed ones, too')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle errata reports', 'spindle errata reports --all --json'))
    .action((options: DatasetChoice & { all?: boolean }) => list(context, options));
  errata
    .command('accept')
    .description('make an erratum of a report: it opens a review task')
    .argument('<report>', REPORT)
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle errata accept 3f2a'))
    .action((report: string, options: DatasetChoice) => accept(context, report, options));
  errata
    .command('dismiss')
    .description('dismiss a report')
    .argument('<report>', REPORT)
    .requiredOption('--reason <text>', 'why; whoever has the id of the report is told', checkedBy(PublicText))
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle errata dismiss 3f2a --reason "a matter of taste"'))
    .action((report: string, options: DatasetChoice & { reason: string }) => dismiss(context, report, options));
}

async function list(context: CommandContext, options: DatasetChoice & { all?: boolean }): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { listReports } = await import('../../client/errata/report-box.ts');
  const all = await listReports(await context.store(), dataset);
  const reports = all.filter(({ state }) => options.all || state === 'waiting');
  context.output.result({ dataset, reports }, () =>
    context.output.table<ReceivedReport>(
      [
        { header: 'REPORT', value: ({ id }) => id },
        { header: 'RECEIVED', value: ({ receivedAt }) => receivedAt.slice(0, 16).replace('T', ' ') },
        { header: 'STATE', value: ({ state }) => state },
        { header: 'SERIES', value: ({ series }) => series },
        { header: 'STRUCTURE', value: ({ label }) => (label === null ? null : `${labelName(label)} (${label})`) },
        { header: 'OF', value: ({ release }) => release },
        { header: 'TEXT', value: ({ text }) => text },
        { header: 'CAME TO', value: ({ erratum, reason }) => erratum ?? reason },
      ],
      reports,
    ),
  );
}

async function accept(context: CommandContext, meant: string, options: DatasetChoice): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const [{ acceptReport }, { erratumWords }] = await Promise.all([
    import('../../client/errata/report-box.ts'),
    import('../../core/erratum.ts'),
  ]);
  const store = await context.store();
  const { client } = await context.temporal();
  const accepted = await acceptReport({ client, store }, dataset, meant, null);
  await log(context, dataset, accepted.report.id, `accepted → erratum ${accepted.erratum.id}`);
  await noteMissingWorkers(context, ['orchestrate', 'imaging']);
  output.result(accepted, () => {
    output.line(erratumWords(accepted.erratum));
    const { release } = accepted.report;
    if (accepted.releaseUnknown)
      output.note(`nothing is called "${release}" here: taken as said of the newest version`);
  });
}

async function dismiss(
  context: CommandContext,
  meant: string,
  options: DatasetChoice & { reason: string },
): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { dismissReport } = await import('../../client/errata/report-box.ts');
  const report = await dismissReport(await context.store(), dataset, meant, options.reason, null);
  await log(context, dataset, report.id, 'dismissed');
  context.output.result(report, () => context.output.line(`report ${report.id} is dismissed: ${options.reason}`));
}

async function log(context: CommandContext, dataset: string, id: string, note: string): Promise<void> {
  const [{ AuditLog }, { whoRuns }] = await Promise.all([
    import('../../adapters/accounts/audit-log.ts'),
    import('../who-runs.ts'),
  ]);
  const { bucket } = await context.store();
  const at = new Date().toISOString();
  await new AuditLog(bucket).append({
    at,
    who: whoRuns(),
    action: 'erratum',
    subject: `${dataset}/errata/${id}`,
    note,
  });
}

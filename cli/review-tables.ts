import type { BiasReport, ClassBias } from '../core/bias-report.ts';
import type { Interval } from '../core/bootstrap.ts';
import type { RoundReport } from '../core/loop.ts';
import type { AuditReport, ErrorRate } from '../core/mask-audit.ts';
import { valueOf } from '../core/measure.ts';
import type { Output } from './output.ts';
import { decimals } from './round-table.ts';

/** What a round's blinded controls and audits say; nothing where there were none. */
export function printFindings(output: Output, { bias, audits }: Pick<RoundReport, 'bias' | 'audits'>): void {
  if (bias) {
    output.line();
    printBias(output, bias);
  }
  if (audits) {
    output.line();
    printAudits(output, audits);
  }
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

function interval({ interval: found }: { interval: Interval | null }): string | null {
  return found && `${found.low.toFixed(3)} to ${found.high.toFixed(3)}`;
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
        value: (row) => interval(row),
      },
    ],
    report.rates,
  );
}

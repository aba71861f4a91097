import { crossTable, estimateText, type CrossTable } from '../core/cross-table.ts';
import type { EvaluationReport } from '../core/evaluation-report.ts';
import { labelName } from '../core/labels.ts';
import { valueOf, type Measure } from '../core/measure.ts';
import type { Protocol, ProtocolRow } from '../core/protocol.ts';
import { ALL, type ScoreCell } from '../core/score-table.ts';
import type { Output } from './output.ts';
import type { Column } from './table.ts';

const right = { align: 'right' } as const;
/** The paper's measures have their deviation shown; the others would make lines too long. */
const MEAN_ONLY = { sd: false };

/**
 * The paper's tables as text: by structure and sequence, by structure and hospital, and by all three; one series is shown row by
 * row.
 */
export function printEvaluation(output: Output, report: EvaluationReport): void {
  const [only, ...others] = report.series;
  const hospitals = new Set(report.series.map(({ hospital }) => hospital));
  for (const protocol of report.settings.protocols) {
    output.line(
      `${protocol} protocol, ${report.settings.asd} surface distance: mean ± standard deviation over structures, ` +
        `in brackets the 95 % interval of the mean over patients`,
    );
    const alone = only && others.length === 0;
    if (alone) {
      output.table(ROW_COLUMNS, only[protocol] ?? []);
      output.line();
    }
    const cells = report.cells.filter((cell) => cell.protocol === protocol);
    output.table(
      cellColumns('SEQUENCE', ({ sequence }) => sequence),
      cells.filter(({ hospital, sequence }) => hospital === ALL && (!alone || sequence === ALL)),
    );
    output.line();
    if (hospitals.size < 2) continue;
    output.table(
      cellColumns('HOSPITAL', ({ hospital }) => hospital),
      cells.filter(({ sequence }) => sequence === ALL),
    );
    output.line();
    if (new Set(cells.map(({ sequence }) => sequence)).size > 2) printCrossed(output, cells, protocol);
  }
  printCompleteness(output, report);
  printLists(output, report);
}

function printCrossed(output: Output, cells: readonly ScoreCell[], protocol: Protocol): void {
  for (const [title, measure, digits] of [
    ['Dice', 'dice', 3],
    ['average surface distance in mm', 'asdMm', 2],
  ] as const) {
    const { sequences, rows } = crossTable(cells, protocol, measure);
    output.line(`${protocol}: ${title} by structure, hospital and sequence`);
    output.table<CrossTable['rows'][number]>(
      [
        { header: 'STRUCTURE', value: ({ structure }) => structure },
        { header: 'HOSPITAL', value: ({ hospital }) => hospital },
        ...sequences.map((sequence, at) => ({
          header: sequence,
          value: ({ estimates }: CrossTable['rows'][number]) => estimateText(estimates[at]!, digits),
          ...right,
        })),
      ],
      rows,
    );
    output.line();
  }
}

function cellColumns(group: string, name: (cell: ScoreCell) => string): Column<ScoreCell>[] {
  return [
    { header: 'STRUCTURE', value: ({ structure }) => structure },
    { header: group, value: name },
    { header: 'PATIENTS', value: ({ patients }) => patients, ...right },
    { header: 'SERIES', value: ({ series }) => series, ...right },
    { header: 'FOUND', value: ({ found }) => found, ...right },
    { header: 'MISSED', value: ({ missed }) => missed, ...right },
    { header: 'EXTRA', value: ({ extra, protocol }) => (protocol === 'strict' ? extra : null), ...right },
    { header: 'DICE', value: ({ dice }) => estimateText(dice, 4), ...right },
    { header: 'ASD mm', value: ({ asdMm }) => estimateText(asdMm, 3), ...right },
    { header: 'HD95 mm', value: ({ hd95Mm }) => estimateText(hd95Mm, 1, MEAN_ONLY), ...right },
    { header: 'SURFACE DICE', value: ({ surfaceDice }) => estimateText(surfaceDice, 3, MEAN_ONLY), ...right },
  ];
}

const ROW_COLUMNS: readonly Column<ProtocolRow>[] = [
  { header: 'LABEL', value: ({ label }) => label, ...right },
  { header: 'NAME', value: ({ label }) => labelName(label) },
  { header: 'OUTCOME', value: ({ outcome }) => outcome },
  { header: 'MATCHED', value: ({ matched }) => matched, ...right },
  { header: 'DICE', value: ({ dice }) => dice.toFixed(6), ...right },
  { header: 'ASD mm', value: ({ asdMm }) => measure(asdMm, 6), ...right },
  { header: 'HD95 mm', value: ({ hd95Mm }) => measure(hd95Mm, 3), ...right },
  { header: 'SURFACE DICE', value: ({ surfaceDice }) => measure(surfaceDice, 6), ...right },
];

function printCompleteness(output: Output, { completeness }: EvaluationReport): void {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = completeness;
  const counted = truePositives + falsePositives + trueNegatives + falseNegatives;
  output.line(
    `completely in view: ${counted} vertebrae found, ${falsePositives} incomplete called complete (false positives), ` +
      `${falseNegatives} complete called incomplete (false negatives)`,
  );
}

function printLists(output: Output, { missing, refused, extra }: EvaluationReport): void {
  if (missing.length > 0) output.line(`no prediction, charged as missed: ${missing.join(', ')}`);
  for (const { reason } of refused) output.line(`unusable, charged as missed: ${reason}`);
  if (extra.length > 0) output.line(`not in the reference, not counted: ${extra.join(', ')}`);
}

function measure(value: Measure, digits: number): string | null {
  return valueOf(value)?.toFixed(digits) ?? null;
}

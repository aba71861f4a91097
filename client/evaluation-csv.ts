import { formatCsv } from '../adapters/csv-table.ts';
import type { EvaluationReport } from '../core/evaluation-report.ts';
import { valueOf, type Measure } from '../core/measure.ts';

export const EVALUATION_COLUMNS = [
  'series',
  'patient',
  'sequence',
  'hospital',
  'prediction',
  'protocol',
  'outcome',
  'structure',
  'label',
  'matched',
  'dice',
  'asd_mm',
  'hd95_mm',
  'surface_dice',
  'reference_voxels',
  'prediction_voxels',
] as const;

/** A line for every structure, series and protocol, for statistics elsewhere; what is undefined is an empty cell. */
export function evaluationCsv({ series, settings }: EvaluationReport): string {
  const text = (measure: Measure): string => `${valueOf(measure) ?? ''}`;
  const lines = series.flatMap((each) =>
    settings.protocols.flatMap((protocol) =>
      (each[protocol] ?? []).map((row) => [
        each.series,
        each.patient,
        each.sequence,
        each.hospital,
        each.prediction,
        protocol,
        row.outcome,
        row.class,
        `${row.label}`,
        `${row.matched ?? ''}`,
        `${row.dice}`,
        text(row.asdMm),
        text(row.hd95Mm),
        text(row.surfaceDice),
        `${row.referenceVoxels}`,
        `${row.predictionVoxels}`,
      ]),
    ),
  );
  return formatCsv(EVALUATION_COLUMNS, lines);
}

const MEASURES = { dice: 'dice', asd_mm: 'asdMm', hd95_mm: 'hd95Mm', surface_dice: 'surfaceDice' } as const;

/**
 * The tables: a line for each protocol, structure, sequence and hospital, `all` among them, with mean, standard deviation and the ends
 * of the 95 % interval of each measure; what is undefined is an empty cell.
 */
export function tablesCsv({ cells }: EvaluationReport): string {
  const names = Object.keys(MEASURES).flatMap((name) => [name, `${name}_sd`, `${name}_low`, `${name}_high`]);
  const lines = cells.map((cell) => [
    ...[cell.protocol, cell.structure, cell.sequence, cell.hospital],
    ...[cell.patients, cell.series, cell.found, cell.missed, cell.extra].map(String),
    ...Object.values(MEASURES).flatMap((name) => {
      const estimate = cell[name];
      if (!estimate.defined) return ['', '', '', ''];
      const { mean, sd, interval } = estimate;
      return [mean, sd, interval?.low, interval?.high].map((value) => `${value ?? ''}`);
    }),
  ]);
  const counts = ['patients', 'series', 'found', 'missed', 'extra'];
  return formatCsv(['protocol', 'structure', 'sequence', 'hospital', ...counts, ...names], lines);
}

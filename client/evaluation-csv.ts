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

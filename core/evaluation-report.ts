import { z } from 'zod';
import { addCompleteness, CompletenessCounts, NO_VERTEBRAE } from './completeness.ts';
import { SeriesEvaluation } from './evaluation.ts';
import { PROTOCOLS, Protocol } from './protocol.ts';
import { ScoreCell, scoreTable } from './score-table.ts';
import { SURFACE_DEFINITIONS } from './surface-distance.ts';

export const EVALUATION_SCHEMA = 'spindle.evaluation-report/1';

/** What an evaluation was made with: the same settings on the same files give the same report. */
export const EvaluationSettings = z.object({
  protocols: z.array(Protocol).min(1),
  asd: z.enum(SURFACE_DEFINITIONS),
  toleranceMm: z.number().nonnegative(),
  leaveOutIncomplete: z.boolean(),
  seed: z.int().nonnegative(),
});
export type EvaluationSettings = z.infer<typeof EvaluationSettings>;

export const EvaluatedSeries = z.object({
  series: z.string(),
  patient: z.string(),
  sequence: z.string(),
  hospital: z.string(),
  /** A missing or refused prediction is evaluated as an empty mask: every structure is missed. */
  prediction: z.enum(['given', 'missing', 'refused']),
  ...SeriesEvaluation.shape,
});
export type EvaluatedSeries = z.infer<typeof EvaluatedSeries>;

export const EvaluationReport = z.object({
  schema: z.literal(EVALUATION_SCHEMA),
  settings: EvaluationSettings,
  patients: z.int().nonnegative(),
  /** Predictions that were not there, that could not be used (and why), and those of series that are not in the reference. */
  missing: z.array(z.string()),
  refused: z.array(z.object({ series: z.string(), reason: z.string() })),
  extra: z.array(z.string()),
  completeness: CompletenessCounts,
  cells: z.array(ScoreCell),
  series: z.array(EvaluatedSeries),
});
export type EvaluationReport = z.infer<typeof EvaluationReport>;

/** Puts the series of an evaluation together into tables. */
export function evaluationReport(
  settings: EvaluationSettings,
  series: readonly EvaluatedSeries[],
  lists: Pick<EvaluationReport, 'refused' | 'extra'>,
): EvaluationReport {
  const cells = PROTOCOLS.filter((protocol) => settings.protocols.includes(protocol)).flatMap((protocol) =>
    scoreTable(
      protocol,
      series.map((each) => ({ ...each, rows: each[protocol] ?? [] })),
      settings.seed,
    ),
  );
  return {
    schema: EVALUATION_SCHEMA,
    settings,
    patients: new Set(series.map(({ patient }) => patient)).size,
    missing: series.filter(({ prediction }) => prediction === 'missing').map((each) => each.series),
    ...lists,
    completeness: series.reduce((sum, each) => addCompleteness(sum, each.completeness), NO_VERTEBRAE),
    cells,
    series: [...series],
  };
}

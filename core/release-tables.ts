import { z } from 'zod';
import { Digest, SeriesId } from './ids.ts';
import type { Manifest } from './manifest.ts';
import { unmeasured } from './measure.ts';
import type { ProtocolRow } from './protocol.ts';
import { ALL, scoreTable, type ScoreCell } from './score-table.ts';
import { MISSED, StructureScore } from './scores.ts';

/** The details of a stored evaluation (`Evaluation.details`). */
export const EvaluationDetails = z.object({
  schema: z.literal('spindle.evaluation/1'),
  version: Digest,
  model: Digest,
  scored: z.array(z.object({ series: SeriesId, scores: z.array(StructureScore) })),
});
export type EvaluationDetails = z.infer<typeof EvaluationDetails>;

export interface ReleaseTables {
  /** By structure and sequence over all hospitals, and by structure and hospital over all sequences: Tables 3 and 4. */
  cells: ScoreCell[];
  bySequence: number;
  byHospital: number;
  /** Validation series without a score. */
  missing: SeriesId[];
}

const NOT_KEPT = unmeasured('the evaluation kept Dice and average surface distance only');

/**
 * Lays a stored evaluation out as the paper's Tables 3 and 4, by SPIDER's protocol. Of surfaces only the average distance is kept in an
 * evaluation; the other measures are left undefined.
 */
export function releaseTables(manifest: Manifest, details: EvaluationDetails, seed = 1): ReleaseTables {
  const scores = new Map(details.scored.map((each) => [each.series, each.scores]));
  const validation = manifest.series.filter(({ split }) => split === 'validation');
  const scored = validation.flatMap(({ series, patient, sequence, hospital }) => {
    const own = scores.get(series);
    return own ? [{ series, patient, sequence, hospital, rows: own.map(rowOf) }] : [];
  });
  const all = scoreTable('spider', scored, seed).filter(
    ({ sequence, hospital }) => sequence === ALL || hospital === ALL,
  );
  return {
    cells: all,
    bySequence: all.filter(({ sequence }) => sequence !== ALL).length,
    byHospital: all.filter(({ hospital }) => hospital !== ALL).length,
    missing: validation.map(({ series }) => series).filter((series) => !scores.has(series)),
  };
}

function rowOf(score: StructureScore): ProtocolRow {
  const { label, class: own, matched, dice, detected, asdMm, referenceVoxels, predictionVoxels } = score;
  return {
    outcome: detected ? 'found' : 'missed',
    label,
    class: own,
    matched: detected ? matched : null,
    // A miss counts as nothing, as in `summarise`.
    dice: detected ? dice : 0,
    asdMm: detected ? asdMm : MISSED,
    hd95Mm: NOT_KEPT,
    surfaceDice: NOT_KEPT,
    referenceVoxels,
    predictionVoxels,
  };
}

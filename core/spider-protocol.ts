import { hausdorffDistance } from './hausdorff.ts';
import { measured } from './measure.ts';
import { isScored, type EvaluationOptions, type ProtocolRow } from './protocol.ts';
import { MISSED, spiderScores } from './scores.ts';
import type { StructurePairs } from './structure-pairs.ts';
import { surfaceDice } from './surface-dice.ts';

/**
 * The rows of SPIDER's protocol, ascending by label: each reference structure with the predicted label that overlaps it most
 * (core/scores.ts). A miss (Dice below 0.1) counts as Dice 0 and surface Dice 0 and has no distances.
 */
export function spiderRows(pairs: StructurePairs, options: EvaluationOptions): ProtocolRow[] {
  const structures = new Map(pairs.references.map((structure) => [structure.label, structure]));
  const scores = spiderScores(pairs, { surface: options.surface });
  return scores
    .filter((score) => isScored(score, options))
    .map(({ label, class: own, matched, dice, asdMm, detected, referenceVoxels, predictionVoxels }) => {
      const facts = { label, class: own, referenceVoxels, predictionVoxels };
      if (!detected || matched === null) {
        const nothing = { matched: null, dice: 0, asdMm: MISSED, hd95Mm: MISSED, surfaceDice: measured(0) };
        return { outcome: 'missed', ...facts, ...nothing, predictionVoxels: 0 };
      }
      const distances = pairs.surface(structures.get(label)!, matched, options.surface);
      return {
        outcome: 'found',
        ...facts,
        matched,
        dice,
        asdMm,
        hd95Mm: hausdorffDistance(distances),
        surfaceDice: surfaceDice(distances, options.toleranceMm),
      };
    });
}

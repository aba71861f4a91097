import { bestAssignment } from './assignment.ts';
import { hausdorffDistance } from './hausdorff.ts';
import { STRUCTURE_CLASSES, type StructureClass } from './labels.ts';
import { measured } from './measure.ts';
import { isScored, type EvaluationOptions, type ProtocolRow } from './protocol.ts';
import { DETECTED_DICE } from './scores.ts';
import type { MaskStructure, StructurePairs } from './structure-pairs.ts';
import { boxSize } from './structures.ts';
import { surfaceDice } from './surface-dice.ts';
import { averageDistance } from './surface-distance.ts';

/**
 * The rows of the strict protocol, by class, then the reference's in ascending order, then the extra ones.
 *   1. Within a class, reference and predicted structures are matched one-to-one so that the sum of Dice is largest; a pair of
 *      Dice below 0.1 is none.
 *   2. A reference structure without partner is missed, a predicted one without partner is extra. Both count with Dice 0,
 *      surface Dice 0, and a distance of the diagonal of their own bounding box: the longest way within them, in proportion to
 *      the structure, and worse than any match can be that touches it.
 *   3. A reference vertebra that is left out takes its partner with it.
 */
export function strictRows(pairs: StructurePairs, options: EvaluationOptions): ProtocolRow[] {
  const { classes } = options;
  const wanted = STRUCTURE_CLASSES.filter((name) => !classes || classes.includes(name));
  return wanted.flatMap((name) => rowsOfClass(pairs, name, options));
}

function rowsOfClass(pairs: StructurePairs, name: StructureClass, options: EvaluationOptions): ProtocolRow[] {
  const references = pairs.references.filter((structure) => structure.class === name);
  const predictions = pairs.predictions.filter((structure) => structure.class === name);
  const gains = references.map((reference) =>
    predictions.map(({ label }) => {
      const dice = pairs.dice(reference, label);
      return dice >= DETECTED_DICE ? dice : 0;
    }),
  );
  const partners = bestAssignment(gains, predictions.length);
  const rows = references.flatMap((reference, at) => {
    if (!isScored(reference, options)) return [];
    const partner = partners[at] === null ? undefined : predictions[partners[at]!];
    return [
      partner ? foundRow(pairs, reference, partner, options) : chargedRow(pairs, 'missed', reference, reference.voxels),
    ];
  });
  const taken = new Set(partners);
  const extras = predictions.filter((_, at) => !taken.has(at));
  return [...rows, ...extras.map((structure) => chargedRow(pairs, 'extra', structure, 0))];
}

function foundRow(
  pairs: StructurePairs,
  reference: MaskStructure,
  partner: MaskStructure,
  options: EvaluationOptions,
): ProtocolRow {
  const distances = pairs.surface(reference, partner.label, options.surface);
  return {
    outcome: 'found',
    label: reference.label,
    class: reference.class,
    matched: partner.label,
    dice: pairs.dice(reference, partner.label),
    asdMm: averageDistance(distances),
    hd95Mm: hausdorffDistance(distances),
    surfaceDice: surfaceDice(distances, options.toleranceMm),
    referenceVoxels: reference.voxels,
    predictionVoxels: partner.voxels,
  };
}

function chargedRow(
  { spacingMm }: StructurePairs,
  outcome: 'missed' | 'extra',
  structure: MaskStructure,
  referenceVoxels: number,
): ProtocolRow {
  const charge = measured(Math.hypot(...boxSize(structure).map((voxels, axis) => voxels * spacingMm[axis]!)));
  return {
    outcome,
    label: structure.label,
    class: structure.class,
    matched: null,
    dice: 0,
    asdMm: charge,
    hd95Mm: charge,
    surfaceDice: measured(0),
    referenceVoxels,
    predictionVoxels: structure.voxels - referenceVoxels,
  };
}

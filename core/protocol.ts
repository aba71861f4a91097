import { z } from 'zod';
import { STRUCTURE_CLASSES, type StructureClass } from './labels.ts';
import { Measure } from './measure.ts';
import type { SurfaceDefinition } from './surface-distance.ts';

/** `spider`: as the SPIDER paper and its code count. `strict`: one-to-one, nothing is free. docs/metrics.md compares them. */
export const PROTOCOLS = ['spider', 'strict'] as const;
export const Protocol = z.enum(PROTOCOLS);
export type Protocol = z.infer<typeof Protocol>;

/**
 * What a protocol makes of one structure. `found` and `missed` are structures of the reference, `extra` is a predicted one that
 * answers to none (strict only). The measures are those that count: a miss has Dice 0.
 */
export const ProtocolRow = z.object({
  outcome: z.enum(['found', 'missed', 'extra']),
  /** The reference's label, or for an extra the predicted one; 101–125 as 1–25. */
  label: z.int(),
  class: z.enum(STRUCTURE_CLASSES),
  /** The predicted label it was matched with; null for a miss. */
  matched: z.int().nullable(),
  dice: z.number().min(0).max(1),
  asdMm: Measure,
  hd95Mm: Measure,
  surfaceDice: Measure,
  referenceVoxels: z.int().nonnegative(),
  predictionVoxels: z.int().nonnegative(),
});
export type ProtocolRow = z.infer<typeof ProtocolRow>;

export interface EvaluationOptions {
  protocols: readonly Protocol[];
  surface: SurfaceDefinition;
  /** Of the surface Dice. */
  toleranceMm: number;
  /** Only structures of these classes; all by default. */
  classes?: readonly StructureClass[];
  /** Vertebrae (1–25) of the reference that are only partly in view. */
  incompleteVertebrae: readonly number[];
  /** Leaves those out, as the authors' script does by default; they are scored otherwise. */
  leaveOutIncomplete: boolean;
}

/** Whether a structure of the reference is to be scored. */
export function isScored(
  structure: { label: number; class: StructureClass },
  { classes, incompleteVertebrae, leaveOutIncomplete }: EvaluationOptions,
): boolean {
  if (classes && !classes.includes(structure.class)) return false;
  return !(leaveOutIncomplete && structure.class === 'vertebra' && incompleteVertebrae.includes(structure.label));
}

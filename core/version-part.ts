import { z } from 'zod';
import { SplitSet } from './catalog.ts';
import { Sequence } from './ids.ts';
import type { Manifest } from './manifest.ts';

export const VERSION_PART_SCHEMA = 'spindle.part/1';

/** Which series of a version are wanted: those of one set, of some sequences, or both. Null: of any. */
export const VersionPart = z.strictObject({
  schema: z.literal(VERSION_PART_SCHEMA),
  split: SplitSet.nullable(),
  /** In the order t1, t2, t2_SPACE. */
  sequences: z.array(Sequence).min(1).nullable(),
});
export type VersionPart = z.infer<typeof VersionPart>;

/** The part that is meant; null when that is all of the version. */
export function versionPart(split: SplitSet | null, sequences: readonly Sequence[] | null): VersionPart | null {
  if (split === null && sequences === null) return null;
  const ordered = sequences === null ? null : Sequence.options.filter((each) => sequences.includes(each));
  return { schema: VERSION_PART_SCHEMA, split, sequences: ordered };
}

/** A manifest with the series of a part alone, in their order; no version of its own. */
export function partOf(manifest: Manifest, part: VersionPart | null): Manifest {
  if (part === null) return manifest;
  const series = manifest.series.filter(
    ({ split, sequence }) =>
      (part.split === null || part.split === split) && (part.sequences?.includes(sequence) ?? true),
  );
  return { ...manifest, series };
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SplitSet } from '../../core/catalog.ts';
import type { PatientId, SeriesId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { Manifest, MANIFEST_SCHEMA, type ManifestSeries } from '../../core/manifest.ts';
import type { CohortPlan, CohortSeries } from '../cohort-plan.ts';
import { LAYOUT } from '../version-files.ts';

/** A published release: what may be taken in, and the sets it was published with, by patient. */
export interface ReleasePlan extends CohortPlan {
  sets: ReadonlyMap<PatientId, SplitSet>;
}

/** A set that a release names for a series, and where it does. */
export interface NamedSet {
  series: SeriesId;
  set: SplitSet;
  where: string;
}

/**
 * The set of each patient by what was said of the patient's series. Throws InvalidInputError when a patient is in two: such a
 * release leaks, and nobody can tell which set was meant.
 */
export function setsByPatient(series: readonly CohortSeries[], named: readonly NamedSet[]): Map<PatientId, SplitSet> {
  const patientOf = new Map(series.map((entry) => [entry.series, entry.patient]));
  const sets = new Map<PatientId, SplitSet>();
  for (const { series: id, set, where } of named) {
    const patient = patientOf.get(id);
    if (patient === undefined) continue;
    const known = sets.get(patient) ?? set;
    if (known !== set) {
      throw new InvalidInputError(where, `set of ${id}`, `${known}, as for other series of the patient`, set);
    }
    sets.set(patient, set);
  }
  return sets;
}

/**
 * The manifest that an export of Spindle has beside its files, by series; empty without one. It knows what the layouts don't say:
 * patients of several studies, classes that were not annotated. Throws InvalidInputError for one that is damaged.
 */
export async function manifestBeside(folder: string): Promise<Map<SeriesId, ManifestSeries>> {
  const value = await jsonBeside(folder, LAYOUT.manifest);
  // Another program's file may have this name.
  if ((value as { schema?: unknown } | null)?.schema !== MANIFEST_SCHEMA) return new Map();
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) throw new InvalidInputError(LAYOUT.manifest, 'content', 'a manifest', 'something else');
  return new Map(parsed.data.series.map((entry) => [entry.series, entry]));
}

/** A planned series with what the manifest says better. */
export function asInManifest(planned: CohortSeries, known: ManifestSeries | undefined): CohortSeries {
  if (!known) return planned;
  const { patient, hospital, sex, overview, reference } = known;
  return { ...planned, patient, hospital, sex, overview, annotatedClasses: reference.annotatedClasses };
}

export function setsInManifest(manifest: ReadonlyMap<SeriesId, ManifestSeries>): NamedSet[] {
  return [...manifest.values()].map(({ series, split }) => ({ series, set: split, where: LAYOUT.manifest }));
}

/** A JSON file of a folder; null where there is none. Throws InvalidInputError. */
export async function jsonBeside(folder: string, name: string): Promise<unknown> {
  const text = await readFile(join(folder, name), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new InvalidInputError(name, 'file', 'a readable file', error.code ?? 'none');
  });
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InvalidInputError(name, 'content', 'JSON', 'something else');
  }
}

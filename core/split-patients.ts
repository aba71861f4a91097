import type { CatalogSeries } from './catalog.ts';
import type { SplitPatient } from './split.ts';

type Entry = Pick<CatalogSeries, 'patient' | 'hospital' | 'sex' | 'sequence' | 'reference'> &
  Partial<Pick<CatalogSeries, 'excluded'>>;

/** Patients with a reference, with all sequences they have one for. */
export function annotatedPatients(series: readonly Entry[]): SplitPatient[] {
  const patients = new Map<string, SplitPatient>();
  for (const { patient, hospital, sex, sequence, reference, excluded } of series) {
    if (!reference || excluded) continue;
    const known = patients.get(patient);
    if (known) known.sequences.push(sequence);
    else patients.set(patient, { patient, hospital, sex, sequences: [sequence] });
  }
  return [...patients.values()];
}

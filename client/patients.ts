import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { seenModels } from '../adapters/seen-models.ts';
import type { Catalog, SplitSet } from '../core/catalog.ts';
import { hiddenNumbers } from '../core/hidden-patients.ts';
import type { DatasetName, Digest, Hospital, PatientId, SeriesId } from '../core/ids.ts';
import { compareText } from '../core/mixed-hash.ts';
import { numbersOf, personsOf, type PatientLink } from '../core/patient-links.ts';
import { NotFoundError } from './errors.ts';
import { versionsWith } from './revealed-leaks.ts';

export interface PatientRow {
  patient: PatientId;
  /** The person's other study numbers. */
  alsoKnownAs: PatientId[];
  /** Null: none yet, since none of its series has a reference. */
  set: SplitSet | 'hidden' | null;
  /** Null for a hidden-test patient, whose series lie in the sealed bucket. */
  hospital: Hospital | null;
  series: SeriesId[];
  references: number;
  /** Models that have seen the person under any number. */
  seenBy: Digest[];
}

export interface PatientFacts extends PatientRow {
  links: PatientLink[];
  /** Versions that hold the person, with the set in each, in the order of publishing by the server's clock. */
  versions: { version: Digest; sets: Record<PatientId, SplitSet> }[];
  /** Why the patient is hidden; null for others. */
  hiddenBecause: string | null;
}

/** All patients of a dataset, hidden ones included, ascending as numbers. */
export async function listPatients(store: ObjectStore, dataset: DatasetName): Promise<PatientRow[]> {
  const records = new DatasetRecords(store, dataset);
  const catalog = await records.catalog();
  const models = await seenModels(records);
  const names = new Set([...catalog.series, ...(catalog.hidden ?? [])].map(({ patient }) => patient));
  const persons = personsOf(catalog.links ?? []);
  const hidden = hiddenNumbers(catalog);
  const seen = models.map(({ model, patientsSeen }) => ({ model, patients: numbersOf(patientsSeen, persons) }));
  const bySeries = new Map<PatientId, Catalog['series']>();
  for (const entry of catalog.series) bySeries.set(entry.patient, [...(bySeries.get(entry.patient) ?? []), entry]);
  return [...names].sort(byNumber).map((patient): PatientRow => {
    const series = bySeries.get(patient) ?? [];
    return {
      patient,
      alsoKnownAs: [...numbersOf([patient], persons)].filter((other) => other !== patient).sort(byNumber),
      set: hidden.has(patient) ? 'hidden' : (catalog.split[patient] ?? null),
      hospital: series[0]?.hospital ?? null,
      series: series.map((entry) => entry.series),
      references: series.filter(({ reference, excluded }) => reference && !excluded).length,
      seenBy: seen.filter(({ patients }) => patients.has(patient)).map(({ model }) => model),
    };
  });
}

/** Throws NotFoundError. */
export async function showPatient(store: ObjectStore, dataset: DatasetName, patient: PatientId): Promise<PatientFacts> {
  const row = (await listPatients(store, dataset)).find((each) => each.patient === patient);
  if (!row) throw new NotFoundError(`dataset "${dataset}" has no patient ${patient}`);
  const { links = [], hidden = [] } = await new DatasetRecords(store, dataset).catalog();
  const person = new Set([patient, ...row.alsoKnownAs]);
  return {
    ...row,
    links: links.filter(({ patients }) => patients.some((each) => person.has(each))),
    versions: await versionsWith(store, dataset, person),
    hiddenBecause: hidden.find((each) => person.has(each.patient))?.reason ?? null,
  };
}

function byNumber(a: PatientId, b: PatientId): number {
  return Number(a) - Number(b) || compareText(a, b);
}

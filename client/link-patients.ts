import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import type { Catalog, SplitSet } from '../core/catalog.ts';
import { hiddenNumbers } from '../core/hidden-patients.ts';
import type { DatasetName, PatientId } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { compareText } from '../core/mixed-hash.ts';
import { numbersOf, personsOf, type PatientLink } from '../core/patient-links.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import { hidePatients, type HideDeps, type HideReport } from './hide-patients.ts';
import { revealedLeaks, type RevealedLeak } from './revealed-leaks.ts';

export interface LinkRequest {
  dataset: DatasetName;
  patients: readonly [PatientId, PatientId];
  reason: string;
}

export interface LinkReport {
  dataset: DatasetName;
  /** All study numbers of the person, ascending. */
  person: PatientId[];
  /** The set of all of them from now on; `hidden`: the hidden test; null: none has one yet. */
  set: SplitSet | 'hidden' | null;
  /** Numbers that changed sets: only from train to validation. */
  moved: PatientId[];
  /** What the link says of versions that are published. */
  leaks: RevealedLeak[];
  /** What hiding the other one came to; null where nobody had to be. */
  hid: HideReport | null;
}

/**
 * Records that two study numbers are one person. From then on they are split as one; where they stand in different sets, validation
 * wins, since nobody leaves it. One of the hidden test takes the other along, if `hide` says how; otherwise that is refused.
 * Throws NotFoundError for a patient nobody knows, InvalidInputError for one linked to itself.
 */
export async function linkPatients(
  store: ObjectStore,
  { dataset, patients, reason }: LinkRequest,
  hide: Omit<HideDeps, 'store'> | null = null,
): Promise<LinkReport> {
  const [a, b] = [...patients].sort(compareText) as [PatientId, PatientId];
  if (a === b) throw new InvalidInputError('command line', 'patients', 'two study numbers', `${a} twice`);
  const records = new DatasetRecords(store, dataset);
  const catalog = await records.catalog();
  refuseUnknown(catalog, [a, b]);
  const open = openOnesOfHidden(catalog, [a, b]);
  if (open.length > 0 && !hide) throw hiddenAndOpen(catalog, [a, b], open);
  const why = `the person of ${a} and ${b} is hidden: ${reason}`;
  const hid =
    open.length > 0 && hide
      ? await hidePatients({ ...hide, store }, { dataset, patients: open, reason: why, evenIfSeen: true })
      : null;
  const after = await records.mainVersion();
  let before: Catalog = catalog;
  const linked = await records.updateCatalog((now) => {
    before = now;
    return withLink(now, { patients: [a, b], reason, after });
  });
  const person = [...numbersOf([a, b], personsOf(linked.links ?? []))].sort(compareText);
  return {
    dataset,
    person,
    set: hiddenNumbers(linked).has(a) ? 'hidden' : (linked.split[person.find((one) => linked.split[one])!] ?? null),
    moved: person.filter((one) => before.split[one] !== undefined && before.split[one] !== linked.split[one]),
    leaks: await revealedLeaks(store, dataset, personsOf(before.links ?? []), personsOf(linked.links ?? [])),
    hid,
  };
}

/** Withdraws a link that was a mistake. Nobody changes sets by it: who was moved to validation stays. Throws NotFoundError. */
export async function unlinkPatients(
  store: ObjectStore,
  { dataset, patients, reason }: LinkRequest,
): Promise<{ dataset: DatasetName; sets: Record<PatientId, SplitSet | null>; persons: PatientId[][] }> {
  const [a, b] = [...patients].sort(compareText) as [PatientId, PatientId];
  const catalog = await new DatasetRecords(store, dataset).updateCatalog((now) => {
    const found = (now.links ?? []).some((link) => holds(link, a, b));
    if (!found) throw new NotFoundError(`dataset "${dataset}": no link of ${a} and ${b} is recorded`);
    const links = now.links!.map((link) => (holds(link, a, b) ? { ...link, withdrawn: reason } : link));
    const hidden = hiddenNumbers(now);
    const torn = [a, b].filter((patient) => hidden.has(patient) !== hiddenNumbers({ ...now, links }).has(patient));
    if (torn.length > 0) throw new ConflictError(`${torn.join(', ')} would leave the hidden test: nobody does`);
    return { ...now, links };
  });
  const sets = Object.fromEntries([a, b].map((patient) => [patient, catalog.split[patient] ?? null]));
  return { dataset, sets, persons: personsOf(catalog.links ?? []) };
}

function holds({ patients, withdrawn }: PatientLink, a: PatientId, b: PatientId): boolean {
  return withdrawn === undefined && patients[0] === a && patients[1] === b;
}

/** The same link again changes nothing. */
function withLink(catalog: Catalog, link: PatientLink): Catalog {
  const [a, b] = link.patients;
  const known = catalog.links ?? [];
  const links = known.some((each) => holds(each, a, b)) ? known : [...known, link];
  const person = numbersOf([a, b], personsOf(links));
  // Somebody may have hidden one of them since it was looked up.
  const open = openOnesOfHidden(catalog, [...person]);
  if (open.length > 0) throw hiddenAndOpen(catalog, link.patients, open);
  const validates = [...person].some((patient) => catalog.split[patient] === 'validation');
  const split = Object.fromEntries(
    Object.entries(catalog.split).map(([patient, set]) => [
      patient,
      validates && person.has(patient) ? ('validation' as const) : set,
    ]),
  );
  return { ...catalog, split, links };
}

function refuseUnknown(catalog: Catalog, patients: readonly PatientId[]): void {
  const known = new Set([...catalog.series, ...(catalog.hidden ?? [])].map(({ patient }) => patient));
  const unknown = patients.filter((patient) => !known.has(patient));
  if (unknown.length > 0) throw new NotFoundError(`dataset "${catalog.dataset}" has no patient ${unknown.join(', ')}`);
}

/** Where some of the patients are hidden and others not: the others. */
function openOnesOfHidden(catalog: Catalog, patients: readonly PatientId[]): PatientId[] {
  const hidden = hiddenNumbers(catalog);
  const persons = personsOf(catalog.links ?? []);
  const numbers = [...numbersOf(patients, persons)];
  if (!numbers.some((patient) => hidden.has(patient))) return [];
  return numbers.filter((patient) => !hidden.has(patient)).sort(compareText);
}

function hiddenAndOpen(catalog: Catalog, patients: readonly PatientId[], open: readonly PatientId[]): ConflictError {
  const sets = open.map((patient) => `${patient} (${catalog.split[patient] ?? 'no set yet'})`).join(', ');
  const hidden = patients.filter((patient) => !open.includes(patient)).join(', ');
  return new ConflictError(
    `${hidden} is of the hidden test and ${sets} is not: nobody leaves the hidden test, so the link must take the others into it (--hide-both), out of train and validation, and says which models have seen them`,
  );
}

import type { SplitSet } from './catalog.ts';
import type { Digest, PatientId, SeriesId } from './ids.ts';
import type { SeenModel } from './leak-proof.ts';
import type { Manifest } from './manifest.ts';
import { compareText } from './mixed-hash.ts';
import { joined, numbersOf, type LinkedPersons } from './patient-links.ts';

/**
 * What is wrong. With a model: `trained`, `evaluated` and `serves` say how it stands to the version whose validation patients it
 * has seen, `given` that it was handed in to be checked; `forgotten` names patients that a model it comes from has seen and its
 * card leaves out; `contradiction` patients that one source names for it and another does not; `hidden` hidden-test patients that one
 * of these has seen. Without: `set` is a series in another set than its patient, `study` a study of patients in both sets, `image` one image
 * in both, `person` a person of several study numbers in both, `hidden` hidden-test patients in the version.
 */
export type LeakKind =
  | 'trained'
  | 'evaluated'
  | 'serves'
  | 'given'
  | 'forgotten'
  | 'contradiction'
  | 'hidden'
  | 'set'
  | 'study'
  | 'image'
  | 'person';

export interface LeakFinding {
  kind: LeakKind;
  model: Digest | null;
  patients: PatientId[];
  series: SeriesId[];
  /** Of `patients` those whom the model has seen only under other numbers of the same person, and those numbers. */
  linked?: { patient: PatientId; seenAs: PatientId[] }[];
}

/** A model to be held against a version, and where it is known from. */
export interface KnownModel extends SeenModel {
  from: 'manifest' | 'registry' | 'card';
}

export interface PatientProof {
  patient: PatientId;
  set: SplitSet;
  series: number;
  /** Models that have seen the patient's person, and the versions they were trained on. */
  seenBy: { model: Digest; version: Digest }[];
  /** The person's other study numbers; absent when there are none. */
  alsoKnownAs?: PatientId[];
}

export interface LeakReport {
  version: Digest;
  models: (Omit<KnownModel, 'from' | 'patientsSeen'> & { from: KnownModel['from'][]; seen: number })[];
  patients: PatientProof[];
  /** Models that have seen validation patients of the version, whatever they did: none of them is to be judged on it. */
  barred: { model: Digest; patients: PatientId[] }[];
  findings: LeakFinding[];
}

/** What is known by now beside what the manifest says. */
export interface KnownPatients {
  persons: LinkedPersons;
  /** Numbers of hidden-test patients. */
  hidden: Iterable<PatientId>;
}

/**
 * Checks that nothing of a version's validation patients was learned by a model that was trained on it, judged on it or served
 * beside it, that no patient, person, study or image is in both sets, and that no hidden-test patient is in the version or was seen.
 * Models may be told of several times: all that was said counts. What was learned of a person under one study number counts for all.
 * A model that served while a recorded re-split or link made its patients validate, and is marked in the manifest, is no leak.
 */
export function checkLeaks(
  version: Digest,
  manifest: Manifest,
  known: readonly KnownModel[],
  now: KnownPatients = { persons: [], hidden: [] },
): LeakReport {
  const models = merged(known);
  const persons = joined([...(manifest.persons ?? []), ...now.persons]);
  const hidden = numbersOf([...(manifest.hidden ?? []), ...now.hidden], persons);
  const raw = new Map(models.map((model) => [model.model, everSeen(model, models)]));
  const seen = new Map([...raw].map(([model, patients]) => [model, numbersOf(patients, persons)]));
  const validation = new Set(Object.keys(manifest.split).filter((patient) => manifest.split[patient] === 'validation'));
  const bySeries = new Map<PatientId, number>();
  for (const { patient } of manifest.series) bySeries.set(patient, (bySeries.get(patient) ?? 0) + 1);
  const patients = Object.entries(manifest.split).map(([patient, set]): PatientProof => {
    const others = [...numbersOf([patient], persons)].filter((other) => other !== patient).sort(compareText);
    return {
      patient,
      set,
      series: bySeries.get(patient) ?? 0,
      seenBy: models
        .filter(({ model }) => seen.get(model)!.has(patient))
        .map(({ model, version: trainedOn }) => ({ model, version: trainedOn })),
      ...(others.length > 0 ? { alsoKnownAs: others } : {}),
    };
  });
  const seeing = models.map((model) => seeingModel(model, raw, seen, { validation, hidden, persons }));
  return {
    version,
    models: models.map(({ patientsSeen, ...model }) => ({ ...model, seen: patientsSeen.length })),
    patients: patients.sort((a, b) => compareText(a.patient, b.patient)),
    barred: seeing.flatMap(({ model, leaked }) =>
      leaked.length > 0 ? [{ model: model.model, patients: leaked }] : [],
    ),
    findings: [
      ...splitFindings(manifest),
      ...personFindings(manifest, persons, hidden),
      ...seeing.flatMap((each) => modelFindings(version, manifest, each)),
      ...contradictions(known),
    ],
  };
}

type MergedModel = Omit<KnownModel, 'from'> & { from: KnownModel['from'][] };

function merged(known: readonly KnownModel[]): MergedModel[] {
  const models = new Map<Digest, MergedModel>();
  for (const { from, ...model } of known) {
    const before = models.get(model.model);
    models.set(model.model, {
      ...model,
      parent: model.parent ?? before?.parent ?? null,
      serves: model.serves || (before?.serves ?? false),
      evaluatedOn: union(before?.evaluatedOn, model.evaluatedOn),
      patientsSeen: union(before?.patientsSeen, model.patientsSeen),
      ...seenValidationOf(before, model),
      from: [...(before?.from ?? []), from],
    });
  }
  return [...models.values()].sort((a, b) => compareText(a.model, b.model));
}

function seenValidationOf(
  ...told: (Pick<SeenModel, 'seenValidation'> | undefined)[]
): Pick<SeenModel, 'seenValidation'> {
  const all = told.flatMap((each) => each?.seenValidation ?? []);
  return all.length > 0 ? { seenValidation: union([], all) } : {};
}

function union(a: readonly string[] = [], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])].sort(compareText);
}

/** What a model and all it comes from have seen, as far as those are known. */
function everSeen(model: MergedModel, models: readonly MergedModel[]): Set<PatientId> {
  const seen = new Set<PatientId>();
  const visited = new Set<Digest>();
  for (let at: MergedModel | undefined = model; at && !visited.has(at.model);) {
    visited.add(at.model);
    for (const patient of at.patientsSeen) seen.add(patient);
    const { parent }: MergedModel = at;
    at = models.find((each) => each.model === parent);
  }
  return seen;
}

/** A model beside what it has seen: all patients by name, and those of the version it may not be judged on. */
interface SeeingModel {
  model: MergedModel;
  raw: PatientId[];
  leaked: PatientId[];
  linked: { patient: PatientId; seenAs: PatientId[] }[];
  hidden: PatientId[];
}

function seeingModel(
  model: MergedModel,
  raw: ReadonlyMap<Digest, ReadonlySet<PatientId>>,
  seen: ReadonlyMap<Digest, ReadonlySet<PatientId>>,
  of: { validation: ReadonlySet<PatientId>; hidden: ReadonlySet<PatientId>; persons: LinkedPersons },
): SeeingModel {
  const byName = raw.get(model.model)!;
  const leaked = [...of.validation].filter((patient) => seen.get(model.model)!.has(patient)).sort(compareText);
  const linked = leaked
    .filter((patient) => !byName.has(patient))
    .map((patient) => ({
      patient,
      seenAs: [...numbersOf([patient], of.persons)].filter((each) => byName.has(each)).sort(compareText),
    }));
  const all = [...byName].sort(compareText);
  return { model, raw: all, leaked, linked, hidden: all.filter((patient) => of.hidden.has(patient)) };
}

function modelFindings(version: Digest, manifest: Manifest, { model: of, ...seen }: SeeingModel): LeakFinding[] {
  const { model, version: trainedOn, evaluatedOn, serves, from, patientsSeen } = of;
  const { leaked, linked, hidden } = seen;
  const stands: [LeakKind, boolean][] = [
    ['trained', trainedOn === version],
    ['evaluated', evaluatedOn.includes(version)],
    ['serves', serves && !isMarked(manifest, of, leaked)],
    ['given', from.includes('card')],
  ];
  const own = new Set(patientsSeen);
  const forgotten = seen.raw.filter((patient) => !own.has(patient));
  const finding = (kind: LeakKind, patients: PatientId[]): LeakFinding => ({ kind, model, patients, series: [] });
  return [
    ...stands
      .filter(([, holds]) => holds && leaked.length > 0)
      .map(([kind]) => ({ ...finding(kind, leaked), ...(linked.length > 0 ? { linked } : {}) })),
    ...(forgotten.length > 0 ? [finding('forgotten', forgotten)] : []),
    ...(hidden.length > 0 && (serves || stands.some(([, holds]) => holds)) ? [finding('hidden', hidden)] : []),
  ];
}

/** Whether the manifest itself says that the model is not to be judged on these patients, and what made them validate. */
function isMarked({ resplits = [], persons = [] }: Manifest, model: MergedModel, leaked: PatientId[]): boolean {
  const marked = new Set(model.seenValidation);
  const linked = new Set(persons.flat());
  return leaked.every((patient) => marked.has(patient) && (resplits.length > 0 || linked.has(patient)));
}

function contradictions(known: readonly KnownModel[]): LeakFinding[] {
  const first = new Map<Digest, KnownModel>();
  return known.flatMap((each): LeakFinding[] => {
    const before = first.get(each.model);
    if (!before) first.set(each.model, each);
    const [a, b] = [new Set(before?.patientsSeen ?? each.patientsSeen), new Set(each.patientsSeen)];
    const patients = [...a].filter((one) => !b.has(one)).concat([...b].filter((one) => !a.has(one)));
    if (patients.length === 0) return [];
    return [{ kind: 'contradiction', model: each.model, patients: patients.sort(compareText), series: [] }];
  });
}

/** Series in another set than their patient; studies and images that lie in both sets. */
function splitFindings({ series, split }: Manifest): LeakFinding[] {
  const wrong = series.filter((entry) => split[entry.patient] !== entry.split);
  const findings: LeakFinding[] = wrong.map((entry) => finding('set', [entry]));
  const inBothSets = (kind: 'study' | 'image', key: (entry: Manifest['series'][number]) => string): LeakFinding[] => {
    const groups = new Map<string, Manifest['series']>();
    for (const entry of series) groups.set(key(entry), [...(groups.get(key(entry)) ?? []), entry]);
    return [...groups.values()]
      .filter((group) => new Set(group.map(({ patient }) => split[patient])).size > 1)
      .map((group) => finding(kind, group));
  };
  return [
    ...findings,
    ...inBothSets('study', ({ study }) => study),
    ...inBothSets('image', ({ image }) => image.voxelDigest),
  ];
}

/** Persons of several study numbers in both sets; hidden-test patients in either. */
function personFindings(
  { series, split }: Manifest,
  persons: LinkedPersons,
  hidden: ReadonlySet<PatientId>,
): LeakFinding[] {
  const of = (patients: readonly PatientId[]) => series.filter(({ patient }) => patients.includes(patient));
  const torn = persons
    .map((person) => person.filter((patient) => split[patient] !== undefined))
    .filter((person) => new Set(person.map((patient) => split[patient])).size > 1);
  const open = Object.keys(split).filter((patient) => hidden.has(patient));
  return [
    ...torn.map((person) => finding('person', of(person))),
    ...(open.length > 0 ? [finding('hidden', of(open))] : []),
  ];
}

function finding(kind: LeakKind, entries: Manifest['series']): LeakFinding {
  const patients = [...new Set(entries.map(({ patient }) => patient))].sort(compareText);
  return { kind, model: null, patients, series: entries.map(({ series }) => series) };
}

import type { SplitSet } from './catalog.ts';
import type { Digest, PatientId, SeriesId } from './ids.ts';
import type { SeenModel } from './leak-proof.ts';
import type { Manifest } from './manifest.ts';
import { compareText } from './mixed-hash.ts';

/**
 * What is wrong. With a model: `trained`, `evaluated` and `serves` say how it stands to the version whose validation patients it
 * has seen, `given` that it was handed in to be checked; `forgotten` names patients that a model it comes from has seen and its
 * card leaves out; `contradiction` patients that one source names for it and another does not. Without: `set` is a series in
 * another set than its patient, `study` a study of patients in both sets, `image` one image in both.
 */
export type LeakKind =
  'trained' | 'evaluated' | 'serves' | 'given' | 'forgotten' | 'contradiction' | 'set' | 'study' | 'image';

export interface LeakFinding {
  kind: LeakKind;
  model: Digest | null;
  patients: PatientId[];
  series: SeriesId[];
}

/** A model to be held against a version, and where it is known from. */
export interface KnownModel extends SeenModel {
  from: 'manifest' | 'registry' | 'card';
}

export interface PatientProof {
  patient: PatientId;
  set: SplitSet;
  series: number;
  /** Models that have seen the patient, and the versions they were trained on. */
  seenBy: { model: Digest; version: Digest }[];
}

export interface LeakReport {
  version: Digest;
  models: (Omit<KnownModel, 'from' | 'patientsSeen'> & { from: KnownModel['from'][]; seen: number })[];
  patients: PatientProof[];
  findings: LeakFinding[];
}

/**
 * Checks that nothing of a version's validation patients was learned by a model that was trained on it, judged on it or served
 * beside it, and that no patient, study or image is in both sets. Models may be told of several times: all that was said counts.
 */
export function checkLeaks(version: Digest, manifest: Manifest, known: readonly KnownModel[]): LeakReport {
  const models = merged(known);
  const seen = new Map(models.map((model) => [model.model, everSeen(model, models)]));
  const validation = new Set(Object.keys(manifest.split).filter((patient) => manifest.split[patient] === 'validation'));
  const bySeries = new Map<PatientId, number>();
  for (const { patient } of manifest.series) bySeries.set(patient, (bySeries.get(patient) ?? 0) + 1);
  const patients = Object.entries(manifest.split).map(([patient, set]): PatientProof => ({
    patient,
    set,
    series: bySeries.get(patient) ?? 0,
    seenBy: models
      .filter(({ model }) => seen.get(model)!.has(patient))
      .map(({ model, version: trainedOn }) => ({ model, version: trainedOn })),
  }));
  return {
    version,
    models: models.map(({ patientsSeen, ...model }) => ({ ...model, seen: patientsSeen.length })),
    patients: patients.sort((a, b) => compareText(a.patient, b.patient)),
    findings: [
      ...splitFindings(manifest),
      ...models.flatMap((model) => modelFindings(version, model, seen, validation)),
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
      from: [...(before?.from ?? []), from],
    });
  }
  return [...models.values()].sort((a, b) => compareText(a.model, b.model));
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

function modelFindings(
  version: Digest,
  { model, version: trainedOn, evaluatedOn, serves, from, patientsSeen }: MergedModel,
  seen: ReadonlyMap<Digest, ReadonlySet<PatientId>>,
  validation: ReadonlySet<PatientId>,
): LeakFinding[] {
  const all = [...seen.get(model)!];
  const leaked = all.filter((patient) => validation.has(patient)).sort(compareText);
  const stands: [LeakKind, boolean][] = [
    ['trained', trainedOn === version],
    ['evaluated', evaluatedOn.includes(version)],
    ['serves', serves],
    ['given', from.includes('card')],
  ];
  const own = new Set(patientsSeen);
  const forgotten = all.filter((patient) => !own.has(patient)).sort(compareText);
  return [
    ...stands
      .filter(([, holds]) => holds && leaked.length > 0)
      .map(([kind]) => ({ kind, model, patients: leaked, series: [] })),
    ...(forgotten.length > 0 ? [{ kind: 'forgotten' as const, model, patients: forgotten, series: [] }] : []),
  ];
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

function finding(kind: LeakKind, entries: Manifest['series']): LeakFinding {
  const patients = [...new Set(entries.map(({ patient }) => patient))].sort(compareText);
  return { kind, model: null, patients, series: entries.map(({ series }) => series) };
}

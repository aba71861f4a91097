import { canonicalJson } from './canonical-json.ts';
import { compareSeries, type Catalog, type SplitSet } from './catalog.ts';
import { hiddenNumbers, refuseHidden } from './hidden-patients.ts';
import type { Digest, PatientId } from './ids.ts';
import { InvalidInputError } from './invalid-input.ts';
import { LEAK_PROOF_SCHEMA, type LeakProof, type SeenModel } from './leak-proof.ts';
import { MANIFEST_SCHEMA, type Manifest, type ManifestSeries } from './manifest.ts';
import { compareText } from './mixed-hash.ts';
import { numbersOf, personsOf, type LinkedPersons } from './patient-links.ts';

/**
 * Freezes a catalog: every series that has a reference and isn't excluded, in order, with its patient's set. `parent` is the
 * version this one follows, null for the first; `models` make its leak proof. A catalog without references gives a manifest
 * without series.
 * Throws InvalidInputError for a series twice, a patient without a set and a person in both sets, HiddenPatientError for a patient of
 * the hidden test.
 */
export function buildManifest(catalog: Catalog, parent: Digest | null, models?: SeenModel[]): Manifest {
  const split: Record<PatientId, SplitSet> = {};
  const series: ManifestSeries[] = [];
  const ids = new Set<string>();
  for (const { excluded, reference, ...facts } of catalog.series) {
    if (ids.has(facts.series)) throw new InvalidInputError('catalog', 'series', 'each series once', facts.series);
    ids.add(facts.series);
    if (excluded || !reference) continue;
    const set = catalog.split[facts.patient];
    if (!set) throw new InvalidInputError('catalog', 'split', `a set for the patient of ${facts.series}`, 'none');
    split[facts.patient] = set;
    series.push({ ...facts, split: set, reference });
  }
  series.sort(compareSeries);
  const persons = personsOf(catalog.links ?? []);
  refusePersonInBothSets(split, persons);
  const hidden = hiddenNumbers(catalog);
  refuseHidden(`dataset ${catalog.dataset}`, Object.keys(split), hidden);
  return {
    schema: MANIFEST_SCHEMA,
    dataset: catalog.dataset,
    parent,
    series,
    split,
    ...(persons.length > 0 ? { persons } : {}),
    ...(hidden.size > 0 ? { hidden: [...hidden].sort(compareText) } : {}),
    ...(catalog.resplits?.length ? { resplits: catalog.resplits } : {}),
    ...(models ? { leakProof: proofOf(models, split, persons) } : {}),
  };
}

function refusePersonInBothSets(split: Manifest['split'], persons: LinkedPersons): void {
  for (const person of persons) {
    const sets = new Set(person.map((patient) => split[patient]).filter((set) => set !== undefined));
    if (sets.size < 2) continue;
    throw new InvalidInputError('catalog', 'split', `one set for the person ${person.join(' = ')}`, 'both');
  }
}

/** Marks the models that have seen validation patients, whichever of their numbers that was under. */
function proofOf(models: readonly SeenModel[], split: Manifest['split'], persons: LinkedPersons): LeakProof {
  const validation = Object.keys(split).filter((patient) => split[patient] === 'validation');
  const marked = models.map((model) => {
    const seen = numbersOf(model.patientsSeen, persons);
    const seenValidation = validation.filter((patient) => seen.has(patient)).sort(compareText);
    return seenValidation.length > 0 ? { ...model, seenValidation } : model;
  });
  return { schema: LEAK_PROOF_SCHEMA, models: marked };
}

/** Tells whether two manifests hold the same, whatever versions they follow, models there were and errata they mend. */
export function sameContent(a: Manifest, b: Manifest): boolean {
  return canonicalJson(contentOf(a)) === canonicalJson(contentOf(b));
}

function contentOf({ parent: _, leakProof: __, errata: ___, ...content }: Manifest) {
  return content;
}

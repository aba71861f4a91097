import { canonicalJson } from './canonical-json.ts';
import { compareSeries, type Catalog, type SplitSet } from './catalog.ts';
import type { Digest, PatientId } from './ids.ts';
import { InvalidInputError } from './invalid-input.ts';
import { LEAK_PROOF_SCHEMA, type SeenModel } from './leak-proof.ts';
import { MANIFEST_SCHEMA, type Manifest, type ManifestSeries } from './manifest.ts';

/**
 * Freezes a catalog: every series that has a reference and isn't excluded, in order, with its patient's set. `parent` is the
 * version this one follows, null for the first; `models` make its leak proof. A catalog without references gives a manifest
 * without series.
 * Throws InvalidInputError for a series twice and for a patient without a set.
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
  const manifest = { schema: MANIFEST_SCHEMA, dataset: catalog.dataset, parent, series, split } as const;
  return models ? { ...manifest, leakProof: { schema: LEAK_PROOF_SCHEMA, models } } : manifest;
}

/** Tells whether two manifests hold the same, whatever versions they follow and models there were. */
export function sameContent(a: Manifest, b: Manifest): boolean {
  return canonicalJson(contentOf(a)) === canonicalJson(contentOf(b));
}

function contentOf({ parent: _, leakProof: __, ...content }: Manifest): Omit<Manifest, 'parent' | 'leakProof'> {
  return content;
}

import { describe, expect, it } from 'vitest';
import { buildManifest, sameContent } from '../../core/build-manifest.ts';
import { GIVEN, CATALOG_SCHEMA, type Catalog, type CatalogSeries, type Reference } from '../../core/catalog.ts';
import { parseSeriesId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { Manifest } from '../../core/manifest.ts';

const DIGEST = 'a'.repeat(64);
const VOLUME = { digest: DIGEST, bytes: 10, voxelDigest: 'b'.repeat(64) };

const REFERENCE: Reference = {
  mask: VOLUME,
  ...GIVEN,
  labels: [1, 100],
  incompleteVertebrae: [],
  annotatedClasses: ['vertebra', 'canal'],
};

function series(id: string, facts: Partial<CatalogSeries> = {}): CatalogSeries {
  const { study, sequence } = parseSeriesId(id);
  return {
    series: id,
    study,
    patient: study,
    sequence,
    hospital: 'OH',
    sex: 'F',
    grid: { size: [1, 1, 1], spacingMm: [1, 1, 1], originLpsMm: [0, 0, 0], direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] },
    image: VOLUME,
    sourceDigest: DIGEST,
    overview: null,
    reference: REFERENCE,
    excluded: null,
    ...facts,
  };
}

function catalog(...all: CatalogSeries[]): Catalog {
  const split = { '2': 'train', '10': 'validation', '30': 'train' } as const;
  return { schema: CATALOG_SCHEMA, dataset: 'demo', series: all, split };
}

describe('buildManifest', () => {
  it('freezes what has a reference, in order, each with the set of its patient', () => {
    const unread = series('30_t1', { reference: null });
    const bad = series('2_t2', { excluded: { reason: 'motion', round: 1 } });
    const manifest = buildManifest(catalog(series('10_t2'), unread, series('2_t1'), bad, series('10_t1')), DIGEST);
    expect(manifest.series.map((entry) => [entry.series, entry.split])).toEqual([
      ['2_t1', 'train'],
      ['10_t1', 'validation'],
      ['10_t2', 'validation'],
    ]);
    // Patient 30 has nothing in the version, so it isn't in its split either.
    expect(manifest.split).toEqual({ '2': 'train', '10': 'validation' });
    expect(manifest.parent).toBe(DIGEST);
    expect(Manifest.parse(manifest)).toEqual(manifest);
    expect(manifest.series[0]).not.toHaveProperty('excluded');
  });

  it('goes by the patient, not by the study', () => {
    const manifest = buildManifest(catalog(series('7_t1', { patient: '10' })), null);
    expect(manifest.series[0]).toMatchObject({ study: '7', patient: '10', split: 'validation' });
    expect(manifest.split).toEqual({ '10': 'validation' });
  });

  it('gives a version without series for a catalog without references', () => {
    expect(buildManifest(catalog(series('2_t1', { reference: null })), null)).toMatchObject({ series: [], split: {} });
  });

  it('refuses a series twice and a patient without a set', () => {
    const twice = catalog(series('2_t1'), series('2_t1', { reference: null }));
    expect(() => buildManifest(twice, null)).toThrow(
      new InvalidInputError('catalog', 'series', 'each series once', '2_t1'),
    );
    expect(() => buildManifest(catalog(series('99_t1')), null)).toThrow(
      new InvalidInputError('catalog', 'split', 'a set for the patient of 99_t1', 'none'),
    );
  });
});

describe('sameContent', () => {
  it('looks past the parent and at everything else', () => {
    const first = buildManifest(catalog(series('2_t1')), null);
    expect(sameContent(first, { ...first, parent: DIGEST })).toBe(true);
    expect(sameContent(first, buildManifest(catalog(series('2_t1', { sex: 'M' })), null))).toBe(false);
    expect(sameContent(first, { ...first, split: { '2': 'validation' } })).toBe(false);
    expect(sameContent(first, { ...first, dataset: 'other' })).toBe(false);
  });
});

describe('what a manifest says of persons, hidden patients and re-splits', () => {
  const link = (a: string, b: string) => ({ patients: [a, b] as [string, string], reason: 'r', after: null });
  const model = { model: DIGEST, version: DIGEST, parent: null, serves: true, evaluatedOn: [], patientsSeen: ['3'] };

  it('is left out where there is nothing to say, so that older content keeps its bytes', () => {
    const plain = buildManifest(catalog(series('2_t1')), null);
    expect(Object.keys(plain).sort()).toEqual(['dataset', 'parent', 'schema', 'series', 'split']);
    const empty = { ...catalog(series('2_t1')), links: [], hidden: [], resplits: [] };
    expect(buildManifest(empty, null)).toEqual(plain);
  });

  it('marks the models that have seen validation patients under any number', () => {
    const linked = { ...catalog(series('10_t1'), series('2_t1')), links: [link('10', '3')] };
    const { leakProof, persons } = buildManifest(linked, null, [model]);
    expect(persons).toEqual([['10', '3']]);
    expect(leakProof?.models).toEqual([{ ...model, seenValidation: ['10'] }]);
    expect(buildManifest(catalog(series('10_t1')), null, [model]).leakProof?.models).toEqual([model]);
  });

  it('is content: a link or a hidden patient makes another version', () => {
    const plain = catalog(series('2_t1'));
    const first = buildManifest(plain, null);
    const hidden = [{ patient: '99', reason: 'test' }];
    expect(buildManifest({ ...plain, hidden }, null).hidden).toEqual(['99']);
    expect(sameContent(first, buildManifest({ ...plain, hidden }, null))).toBe(false);
    expect(sameContent(first, buildManifest({ ...plain, links: [link('2', '3')] }, null))).toBe(false);
    const resplits = [{ seed: 1, validationShare: 0.5, reason: 'r' }];
    expect(Manifest.parse(buildManifest({ ...plain, resplits }, null)).resplits).toEqual(resplits);
  });

  it('refuses a person in both sets, and a hidden-test patient with a reference', () => {
    const both = { ...catalog(series('2_t1'), series('10_t1')), links: [link('2', '10')] };
    expect(() => buildManifest(both, null)).toThrow('expected one set for the person 10 = 2, got both');
    const open = { ...catalog(series('2_t1')), hidden: [{ patient: '2', reason: 'test' }] };
    expect(() => buildManifest(open, null)).toThrow('expected no hidden-test patient, got 2');
  });
});

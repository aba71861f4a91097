import { describe, expect, it } from 'vitest';
import { checkLeaks, type KnownModel } from '../../core/leak-check.ts';
import type { Manifest } from '../../core/manifest.ts';

const VERSION = 'f'.repeat(64);
const OTHER = 'e'.repeat(64);
const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];

/** Three patients: 1 and 2 train, 3 validates. */
const SPLIT = { '1': 'train', '2': 'train', '3': 'validation' } as const;
const MANIFEST = manifest(['1_t1', '1'], ['2_t1', '2'], ['3_t1', '3'], ['3_t2', '3']);

function manifest(...series: [series: string, patient: keyof typeof SPLIT, image?: string][]): Manifest {
  const entries = series.map(([id, patient, image]) => ({
    series: id,
    study: id.split('_')[0]!,
    patient,
    split: SPLIT[patient],
    image: { voxelDigest: image ?? `image of ${id}` },
  }));
  return { dataset: 'spider', split: SPLIT, series: entries } as unknown as Manifest;
}

function model(digest: string, patientsSeen: string[], facts: Partial<KnownModel> = {}): KnownModel {
  const none = { version: OTHER, parent: null, serves: false, evaluatedOn: [], from: 'registry' as const };
  return { model: digest, patientsSeen, ...none, ...facts };
}

const findings = (...models: KnownModel[]) =>
  checkLeaks(VERSION, MANIFEST, models).findings.map(({ kind, model: which, patients }) => [kind, which, patients]);

describe('checkLeaks', () => {
  it('says for each patient the set and who has seen it', () => {
    const {
      patients,
      models,
      findings: found,
    } = checkLeaks(VERSION, MANIFEST, [
      model(A, ['1', '2'], { version: VERSION, evaluatedOn: [VERSION], serves: true }),
      model(B, ['1'], { version: OTHER }),
    ]);
    expect(found).toEqual([]);
    expect(patients).toEqual([
      {
        patient: '1',
        set: 'train',
        series: 1,
        seenBy: [
          { model: A, version: VERSION },
          { model: B, version: OTHER },
        ],
      },
      { patient: '2', set: 'train', series: 1, seenBy: [{ model: A, version: VERSION }] },
      { patient: '3', set: 'validation', series: 2, seenBy: [] },
    ]);
    expect(models.map(({ model: which, seen, from }) => [which, seen, from])).toEqual([
      [A, 2, ['registry']],
      [B, 1, ['registry']],
    ]);
  });

  it('names every way in which a model stands to a version whose validation patients it has seen', () => {
    expect(findings(model(A, ['3', '1'], { evaluatedOn: [OTHER, VERSION] }))).toEqual([['evaluated', A, ['3']]]);
    expect(findings(model(A, ['3'], { serves: true }))).toEqual([['serves', A, ['3']]]);
    expect(findings(model(A, ['3'], { version: VERSION }))).toEqual([['trained', A, ['3']]]);
    expect(findings(model(A, ['3'], { from: 'card' }))).toEqual([['given', A, ['3']]]);
  });

  it('lets a model be that has seen them and has nothing to do with the version', () => {
    expect(findings(model(A, ['3'], { evaluatedOn: [OTHER] }))).toEqual([]);
  });

  it('counts what the model it comes from has seen, and names a card that leaves it out', () => {
    const parent = model(A, ['3']);
    expect(findings(parent, model(B, ['1'], { parent: A, evaluatedOn: [VERSION] }))).toEqual([
      ['evaluated', B, ['3']],
      ['forgotten', B, ['3']],
    ]);
    expect(findings(parent, model(B, ['1', '3'], { parent: A }))).toEqual([]);
    // Two cards that name each other come to an end.
    expect(findings(model(A, ['1'], { parent: B }), model(B, ['1'], { parent: A }))).toEqual([]);
  });

  it('puts together what several sources say, and names where they differ', () => {
    const proof = model(A, ['1'], { from: 'manifest', serves: true });
    expect(findings(proof, model(A, ['1', '3']))).toEqual([
      ['serves', A, ['3']],
      ['contradiction', A, ['3']],
    ]);
    expect(findings(proof, model(A, ['1']))).toEqual([]);
  });

  it('names studies and images in both sets, and a series in another set than its patient', () => {
    const both = manifest(['1_t1', '1', 'x'], ['1_t2', '3'], ['2_t1', '2', 'y'], ['3_t1', '3', 'y']);
    expect(checkLeaks(VERSION, both, []).findings).toEqual([
      { kind: 'study', model: null, patients: ['1', '3'], series: ['1_t1', '1_t2'] },
      { kind: 'image', model: null, patients: ['2', '3'], series: ['2_t1', '3_t1'] },
    ]);
    const moved = { ...MANIFEST, series: MANIFEST.series.map((entry) => ({ ...entry, split: 'train' as const })) };
    expect(checkLeaks(VERSION, moved, []).findings.map(({ kind, series }) => [kind, ...series])).toEqual([
      ['set', '3_t1'],
      ['set', '3_t2'],
    ]);
  });
});

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

  it('counts what was seen of a person under one number for all of its numbers', () => {
    const linked = { ...MANIFEST, persons: [['1', '3']] };
    const { findings: found, patients, barred } = checkLeaks(VERSION, linked, [model(A, ['1'], { version: VERSION })]);
    expect(found).toEqual([
      { kind: 'person', model: null, patients: ['1', '3'], series: ['1_t1', '3_t1', '3_t2'] },
      { kind: 'trained', model: A, patients: ['3'], series: [], linked: [{ patient: '3', seenAs: ['1'] }] },
    ]);
    expect(barred).toEqual([{ model: A, patients: ['3'] }]);
    expect(patients[2]).toMatchObject({ patient: '3', alsoKnownAs: ['1'], seenBy: [{ model: A }] });
    // What is known by now counts as well, over what the manifest knew: 1–2 and 2–3 make 1 and 3 one person.
    const now = { persons: [['2', '3']], hidden: [] };
    const older = { ...MANIFEST, persons: [['1', '2']] };
    expect(checkLeaks(VERSION, older, [model(A, ['1'], { evaluatedOn: [VERSION] })], now).findings).toMatchObject([
      { kind: 'person', patients: ['1', '2', '3'] },
      { kind: 'evaluated', patients: ['3'], linked: [{ patient: '3', seenAs: ['1'] }] },
    ]);
  });

  it('takes a model that served while a recorded re-split moved its patients for none, if it is marked; but not its evaluation', () => {
    const fresh = { ...MANIFEST, resplits: [{ seed: 1, validationShare: 0.2, reason: 'r' }] };
    const marked = model(A, ['3'], { serves: true, seenValidation: ['3'], from: 'manifest' });
    expect(checkLeaks(VERSION, fresh, [marked]).findings).toEqual([]);
    expect(checkLeaks(VERSION, fresh, [marked]).barred).toEqual([{ model: A, patients: ['3'] }]);
    // The mark survives what the registry adds, which knows of none.
    const registered = model(A, ['3'], { evaluatedOn: [VERSION] });
    expect(checkLeaks(VERSION, fresh, [marked, registered]).findings).toMatchObject([{ kind: 'evaluated' }]);
    // Without a re-split on record, or without the mark, it is a leak.
    expect(checkLeaks(VERSION, MANIFEST, [marked]).findings).toMatchObject([{ kind: 'serves' }]);
    expect(checkLeaks(VERSION, fresh, [model(A, ['3'], { serves: true })]).findings).toMatchObject([
      { kind: 'serves' },
    ]);
  });

  it('names hidden-test patients in the version, and models of the version that have seen one', () => {
    const hidden = { ...MANIFEST, hidden: ['2', '9'] };
    const found = checkLeaks(VERSION, hidden, [
      model(A, ['9'], { version: VERSION }),
      model(B, ['9'], { version: OTHER }),
    ]).findings;
    expect(found).toEqual([
      { kind: 'hidden', model: null, patients: ['2'], series: ['2_t1'] },
      { kind: 'hidden', model: A, patients: ['9'], series: [] },
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { affectedBy } from '../../core/affected.ts';
import { erratumContent, ErratumReport, erratumWords, storedReporter } from '../../core/erratum.ts';
import { erratumOutcome, type ErratumPlan } from '../../core/erratum-plan.ts';
import { GIVEN, type Reference } from '../../core/catalog.ts';
import type { ModelRecord } from '../../core/models.ts';

const digest = (letter: string) => letter.repeat(64);

describe('an erratum', () => {
  const said = { series: '2_t2', label: 203, text: 'disc 203 is swallowed by the vertebra' };
  const problem = (report: object) => {
    const parsed = ErratumReport.safeParse(report);
    return parsed.success ? null : parsed.error.issues[0]!.message;
  };

  it('is a series, perhaps a structure, and a line of text', () => {
    expect(ErratumReport.parse({ ...said, text: '  swallowed \n by  it ' })).toEqual({
      ...said,
      text: 'swallowed by it',
    });
    expect(problem({ series: '2_t2', text: 'mirrored' })).toBeNull();
    for (const label of [0, 26, 101, 120, 200, 226, 1.5]) expect(problem({ ...said, label })).not.toBeNull();
    for (const label of [1, 25, 100, 201, 225]) expect(problem({ ...said, label })).toBeNull();
    expect(problem({ ...said, series: '2_t3' })).toContain('expected <study>_');
    expect(problem({ ...said, text: 'x'.repeat(501) })).not.toBeNull();
    expect(problem({ ...said, patient: 'x' })).toContain('patient');
  });

  it('names nobody: what looks like a person is refused, and not repeated', () => {
    const named = {
      'write to ann@example.org': 'an e-mail address',
      'wrong since 12-03-1961': 'a date',
      'scan of 2019-03-12': 'a date',
      'call 0031 24 361 1111': 'a telephone number',
      'call +31243611111': 'a telephone number',
      'patient 1234567': 'a number as long as one of a patient',
      'says Dr. Jansen': 'the name of a person',
    };
    for (const [text, what] of Object.entries(named)) {
      expect(problem({ ...said, text })).toBe(`${what}: say it without`);
      expect(problem({ ...said, text })).not.toContain(text);
    }
    const harmless = [
      'labels 201, 202 and 203 are shifted',
      'L4/L5 and 3.5 mm off',
      'voxels 120 300 44',
      'about 12000 voxels',
    ];
    for (const text of harmless) expect(problem({ ...said, text })).toBeNull();
  });

  it('keeps of its reporter an account name or nothing', () => {
    expect(storedReporter('spine-fan_42')).toBe('spine-fan_42');
    for (const name of ['ann@example.org', 'Ann Example', '', null, undefined, 'x'.repeat(41), 'a\nb']) {
      expect(storedReporter(name)).toBeNull();
    }
  });

  it('is the same when the same is said of the same mask', () => {
    const content = (text: string, mask = digest('a')) => JSON.stringify(erratumContent({ ...said, text }, mask));
    expect(content('Swallowed.')).toBe(content('swallowed'));
    expect(content('swallowed')).not.toBe(content('mirrored'));
    expect(content('swallowed')).not.toBe(content('swallowed', digest('b')));
    expect(erratumWords({ id: '0123456789ab', ...said, text: 'gone' })).toBe(
      'erratum 0123456789ab: 2_t2, L3/L4 disc (203): gone',
    );
  });
});

describe('what a review of a reference means', () => {
  const volume = (letter: string) => ({ digest: digest(letter), bytes: 1, voxelDigest: digest(letter) });
  const before: Reference = {
    ...{ mask: volume('a'), ...GIVEN, labels: [1, 201], incompleteVertebrae: [] },
    annotatedClasses: ['vertebra', 'disc'],
  };
  const plan = { series: '2_t2', round: 3, reference: before } as ErratumPlan;
  const reviewed: Reference = {
    ...{ ...before, mask: volume('b'), origin: 'corrected', base: 'reference', round: 3, reviewer: 'ada', minutes: 4 },
    annotatedClasses: ['vertebra', 'disc', 'canal'],
  };

  it('takes a correction with its own origin, and only classes that were annotated or are there', () => {
    const outcome = erratumOutcome(plan, { outcome: 'accepted', series: '2_t2', reference: reviewed });
    expect(outcome).toMatchObject({
      outcome: 'fixed',
      reference: {
        base: 'reference',
        baseDigest: digest('a'),
        origin: 'corrected',
        annotatedClasses: ['vertebra', 'disc'],
      },
    });
    const drawn = { ...reviewed, labels: [1, 100, 201] };
    expect(erratumOutcome(plan, { outcome: 'accepted', series: '2_t2', reference: drawn })).toMatchObject({
      reference: { annotatedClasses: ['vertebra', 'disc', 'canal'] },
    });
  });

  it('calls an erratum unfounded when the mask stays voxel for voxel', () => {
    const same = { ...reviewed, mask: { ...volume('a'), digest: digest('c') } };
    expect(erratumOutcome(plan, { outcome: 'accepted', series: '2_t2', reference: same })).toMatchObject({
      outcome: 'unfounded',
      reference: { mask: volume('a'), origin: 'given' },
    });
    expect(erratumOutcome(plan, { outcome: 'excluded', series: '2_t2', reason: 'no spine' })).toEqual({
      outcome: 'excluded',
      reason: 'no spine',
    });
  });
});

describe('what a wrong mask has touched', () => {
  const [v1, v2, v3] = [digest('1'), digest('2'), digest('3')];
  // In v1 the mask trains, in v2 it validates (a fresh split), in v3 it is mended.
  const versions = [
    { version: v3, set: null },
    { version: v2, set: 'validation' as const },
    { version: v1, set: 'train' as const },
  ];
  const scores = { meanDice: 0.9 } as ModelRecord['evaluations'][number]['scores'];
  const evaluated = (version: string) => ({ version, scores }) as ModelRecord['evaluations'][number];
  // a learned it; b started from a, on v3; c started from b; d is of its own on v3, scored on v2 and v3.
  const models = [
    { model: digest('a'), version: v1, evaluations: [evaluated(v1)] },
    { model: digest('b'), version: v3, evaluations: [] },
    { model: digest('c'), version: v3, evaluations: [] },
    { model: digest('d'), version: v3, evaluations: [evaluated(v2), evaluated(v3)] },
  ];
  const parents = [
    { model: digest('a'), parent: null, serves: false },
    { model: digest('b'), parent: digest('a'), serves: false },
    { model: digest('c'), parent: digest('b'), serves: true },
    { model: digest('d'), parent: null, serves: false },
  ];

  it('is every model that learned it or came of one that did, and every score against it', () => {
    expect(affectedBy(versions, models, parents)).toEqual({
      versions: versions.slice(1),
      models: [
        { model: digest('a'), version: v1, how: 'trained', serves: false },
        { model: digest('b'), version: v3, how: 'inherited', serves: false },
        { model: digest('c'), version: v3, how: 'inherited', serves: true },
      ],
      evaluations: [{ model: digest('d'), version: v2, meanDice: 0.9 }],
    });
  });
});

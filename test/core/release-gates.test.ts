import { describe, expect, it } from 'vitest';
import { redGates, RELEASE_GATES, releaseGates, type ReleaseMeasures } from '../../core/release-gates.ts';
import { DEFAULT_RELEASE_POLICY, ReleasePolicy } from '../../core/release-policy.ts';
import { compareReleases, releaseBefore, ReleaseName } from '../../core/release.ts';
import { releaseTables, type EvaluationDetails } from '../../core/release-tables.ts';
import type { Manifest } from '../../core/manifest.ts';
import { measured } from '../../core/measure.ts';
import { MISSED, type StructureScore } from '../../core/scores.ts';
import { ALL } from '../../core/score-table.ts';

const GOOD: ReleaseMeasures = {
  verify: { volumes: 20, findings: 0 },
  chain: { links: 3, findings: 0, root: 'a'.repeat(64) },
  leaks: { patients: 5, models: 2, findings: 0 },
  masks: { checked: 10, refused: [], flagged: ['1_t1'] },
  residualError: { audits: 40, wrong: 0, upperBound: 0.0876, source: 'audits' },
  bias: { controls: 6, lean: 0.2, source: 'controls' },
  proposals: 8,
  tables: { model: 'b'.repeat(64), series: 4, missing: 0, bySequence: 12, byHospital: 8 },
  papers: { licence: true, citation: true, aboutMissing: ['url'] },
  errata: { open: [] },
  reproduction: null,
};
const red = (changes: Partial<ReleaseMeasures>, policy: unknown = {}) =>
  redGates(releaseGates({ ...GOOD, ...changes }, ReleasePolicy.parse(policy))).map(({ gate }) => gate);

describe('the gates of a release', () => {
  it('are all there, in their order, and passed where all is well', () => {
    const gates = releaseGates(GOOD, DEFAULT_RELEASE_POLICY);
    expect(gates.map(({ gate }) => gate)).toEqual([...RELEASE_GATES]);
    expect(redGates(gates)).toEqual([]);
    expect(gates.filter(({ passed }) => !passed).map(({ gate }) => gate)).toEqual(['about', 'reproduction']);
    expect(gates.find(({ gate }) => gate === 'masks-flagged')).toMatchObject({
      ...{ measured: '1 of 10 references: 1_t1', threshold: 'at most 10 %' },
    });
  });

  it('are red for what was not measured', () => {
    expect(red({ residualError: null, bias: null, tables: null })).toEqual([
      ...['residual-error', 'bias-report', 'table-3', 'table-4'],
    ]);
    expect(red({ verify: { volumes: 0, findings: 0 }, masks: { checked: 0, refused: [], flagged: [] } })).toEqual([
      ...['verify', 'masks-refused', 'masks-flagged'],
    ]);
    expect(red({ chain: { links: 3, findings: 0, root: null } })).toEqual(['chain']);
  });

  it.each([
    ['verify', { verify: { volumes: 20, findings: 1 } }],
    ['chain', { chain: { ...GOOD.chain, findings: 1 } }],
    ['leaks', { leaks: { ...GOOD.leaks, findings: 1 } }],
    ['masks-refused', { masks: { checked: 10, refused: ['1_t1'], flagged: [] } }],
    ['masks-flagged', { masks: { checked: 10, refused: [], flagged: ['1_t1', '1_t2'] } }],
    ['residual-error', { residualError: { ...GOOD.residualError!, upperBound: 0.101 } }],
    ['residual-error', { residualError: { ...GOOD.residualError!, audits: 34 } }],
    ['bias-report', { bias: { ...GOOD.bias!, controls: 4 } }],
    ['bias-report', { bias: { ...GOOD.bias!, lean: null } }],
    ['licence', { papers: { ...GOOD.papers, licence: false } }],
    ['citation', { papers: { ...GOOD.papers, citation: false } }],
    ['errata', { errata: { open: ['0123456789ab'] } }],
  ] satisfies [string, Partial<ReleaseMeasures>][])('%s alone is red for what it is about', (gate, changes) => {
    expect(red(changes)).toEqual([gate]);
  });

  it('hold the tables against every validation series', () => {
    expect(red({ tables: { ...GOOD.tables!, missing: 1 } })).toEqual(['table-3', 'table-4']);
    expect(red({ tables: { ...GOOD.tables!, byHospital: 0 } })).toEqual(['table-4']);
  });

  it('follow the policy', () => {
    expect(red({ residualError: null }, { residualError: { required: false } })).toEqual([]);
    expect(red({}, { bias: { lean: 0.1 } })).toEqual(['bias-report']);
    expect(red({ bias: null, proposals: 0 })).toEqual([]);
    expect(red({}, { reproduction: { required: true } })).toEqual(['reproduction']);
    const within = { reproduced: true, equal: false, findings: 2 };
    expect(red({ reproduction: within }, { reproduction: { required: true } })).toEqual([]);
    expect(red({ reproduction: within }, { reproduction: { required: true, equal: true } })).toEqual(['reproduction']);
    expect(red({}, { papers: { about: true } })).toEqual(['about']);
    expect(red({ errata: { open: ['0123456789ab'] } }, { errata: { open: 1 } })).toEqual([]);
    expect(ReleasePolicy.safeParse({ masks: { flagged: 1 } }).success).toBe(false);
  });
});

describe('the names of releases', () => {
  it('are three numbers, ordered as numbers', () => {
    for (const name of ['1.0.0', '0.9.12', '10.0.0']) expect(ReleaseName.safeParse(name).success).toBe(true);
    for (const name of ['1.0', 'v1.0.0', '1.0.0-rc1', '01.0.0', '1.0.0.0', '']) {
      expect(ReleaseName.safeParse(name).success).toBe(false);
    }
    expect(['1.10.0', '1.9.0', '2.0.0', '1.9.10'].sort(compareReleases)).toEqual([
      '1.9.0',
      '1.9.10',
      '1.10.0',
      '2.0.0',
    ]);
    expect(releaseBefore('1.9.1', ['1.10.0', '1.9.0', '0.1.0'])).toBe('1.9.0');
    expect(releaseBefore('0.1.0', ['0.1.0', '1.0.0'])).toBeNull();
  });
});

describe('the tables of a release', () => {
  const score = (label: number, dice: number): StructureScore => ({
    ...{ label, class: label > 200 ? 'disc' : 'vertebra', matched: label, dice, detected: dice >= 0.1 },
    ...{ asdMm: dice >= 0.1 ? measured(1 - dice) : MISSED, referenceVoxels: 10, predictionVoxels: 10 },
  });
  const entry = (series: string, hospital: string, split = 'validation') => ({
    ...{ series, study: series.split('_')[0], patient: series.split('_')[0], sequence: series.split('_')[1] },
    ...{ hospital, split },
  });
  const manifest = {
    series: [entry('1_t1', 'A'), entry('1_t2', 'A'), entry('2_t1', 'B'), entry('3_t1', 'B', 'train')],
  } as unknown as Manifest;
  const details: EvaluationDetails = {
    ...{ schema: 'spindle.evaluation/1', version: 'a'.repeat(64), model: 'b'.repeat(64) },
    scored: [
      { series: '1_t1', scores: [score(1, 0.8), score(201, 0.05)] },
      { series: '2_t1', scores: [score(1, 0.6)] },
    ],
  };

  it('are by structure and sequence, and by structure and hospital; a miss counts as nothing', () => {
    const { cells, bySequence, byHospital, missing } = releaseTables(manifest, details);
    const cell = (structure: string, sequence: string, hospital: string) =>
      cells.find((each) => each.structure === structure && each.sequence === sequence && each.hospital === hospital);
    expect(cell('vertebra', 't1', ALL)).toMatchObject({
      found: 2,
      missed: 0,
      dice: { mean: expect.closeTo(0.7) as number },
    });
    expect(cell('vertebra', ALL, 'B')).toMatchObject({
      found: 1,
      dice: { mean: 0.6 },
      asdMm: { mean: expect.closeTo(0.4) as number },
    });
    expect(cell('disc', ALL, ALL)).toMatchObject({ found: 0, missed: 1, dice: { mean: 0 }, asdMm: { defined: false } });
    expect(cell(ALL, ALL, ALL)).toMatchObject({
      found: 2,
      missed: 1,
      dice: { mean: expect.closeTo(1.4 / 3) as number },
    });
    expect(cells.filter(({ sequence, hospital }) => sequence !== ALL && hospital !== ALL)).toEqual([]);
    // vertebra, disc, all at t1; vertebra at A and B, disc at A, all at A and B.
    expect([bySequence, byHospital]).toEqual([3, 5]);
    expect(missing).toEqual(['1_t2']);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EvaluationPool } from '../../adapters/evaluation/thread-pool.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { evaluate } from '../../client/evaluate.ts';
import { referenceAt, referenceOfVersion, type ReferenceSeries } from '../../client/evaluation-items.ts';
import { masksAt } from '../../client/mask-files.ts';
import { readVersion } from '../../client/versions.ts';
import type { Digest } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { publish, smallSeries, smallVolume } from './small-dataset.ts';

describe('the reference of an evaluation', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-evaluation-'));
  let running: TestStore;
  let store: ObjectStore;
  let version: Digest;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    const whole = await smallSeries(store, '1_t1', 11);
    const cut = await smallSeries(store, '20_t2', 13);
    cut.hospital = 'UMC';
    cut.reference!.incompleteVertebrae = [1];
    version = await publish(store, 'spider', [whole, cut], { 1: 'train', 20: 'validation' });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const factsOf = ({ series, patient, sequence, hospital, incompleteVertebrae, classes }: ReferenceSeries) => ({
    series,
    patient,
    sequence,
    hospital,
    incompleteVertebrae,
    classes,
  });
  const CUT = {
    series: '20_t2',
    patient: '20',
    sequence: 't2',
    hospital: 'UMC',
    incompleteVertebrae: [1],
    classes: ['vertebra', 'disc'],
  };

  it('is a set of a stored version, read from the store', async () => {
    const { manifest } = await readVersion(store, 'spider', version);
    const names = (set: 'train' | 'validation' | 'all') =>
      referenceOfVersion(store, manifest, set).map(({ series }) => series);
    expect([names('train'), names('validation'), names('all')]).toEqual([['1_t1'], ['20_t2'], ['1_t1', '20_t2']]);
    const [validation] = referenceOfVersion(store, manifest, 'validation');
    expect(factsOf(validation!)).toEqual(CUT);
    // Vertebra 1 fills the volume and is on the list of incomplete ones; the prediction says so by label 101.
    const prediction = join(root, '20_t2.mha');
    writeFileSync(prediction, await encodeMha(smallVolume(101)));
    const pool = new EvaluationPool({ threads: 1, voxels: Infinity });
    const report = await evaluate(pool, {
      references: [validation!],
      predictions: await masksAt(prediction, '--prediction'),
      settings: { protocols: ['strict'], asd: 'authors', toleranceMm: 1, leaveOutIncomplete: false, seed: 1 },
      width: 1,
      onRefused: 'throw',
    }).finally(() => pool.close());
    expect(report.series[0]!.strict).toMatchObject([{ label: 1, outcome: 'found', dice: 1 }]);
    expect(report.completeness).toMatchObject({ trueNegatives: 1, falsePositives: 0 });
  });

  it('is a checkout, whose manifest is believed', async () => {
    const folder = join(root, 'checkout');
    await checkoutVersion(store, 'spider', version, folder);
    const found = await referenceAt(folder);
    expect(found.map(factsOf)[1]).toEqual(CUT);
    expect(Buffer.from(await found[1]!.mask()).equals(Buffer.from(await encodeMha(smallVolume(1))))).toBe(true);
    expect(Buffer.from(await found[1]!.image!()).equals(Buffer.from(await encodeMha(smallVolume(13))))).toBe(true);
    writeFileSync(join(folder, 'version.json'), '{"schema": "other"}');
    await expect(referenceAt(folder)).rejects.toThrow(InvalidInputError);
  });

  it('is a single file of any name, a patient of its own', async () => {
    const file = join(root, 'anything.mha');
    writeFileSync(file, await encodeMha(smallVolume(1)));
    expect((await referenceAt(file)).map(factsOf)).toEqual([
      {
        series: 'anything',
        patient: 'anything',
        sequence: 'unknown',
        hospital: 'unknown',
        incompleteVertebrae: null,
        classes: null,
      },
    ]);
  });

  it('is refused where there is nothing', async () => {
    await expect(masksAt(join(root, 'nowhere'), '--prediction')).rejects.toThrow('--prediction');
    const empty = mkdtempSync(join(root, 'empty-'));
    await expect(masksAt(empty, '--prediction')).rejects.toThrow('expected files that end in .mha, ');
  });
});

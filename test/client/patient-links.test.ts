import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluateActivities } from '../../activities/evaluate.ts';
import { createLedgerActivities } from '../../activities/ledger.ts';
import { createReproducePlanActivities } from '../../activities/reproduce-plan.ts';
import { createTrainActivities } from '../../activities/train.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { linkPatients, unlinkPatients } from '../../client/link-patients.ts';
import { showPatient } from '../../client/patients.ts';
import { verifyFolderLeaks, verifyLeaks } from '../../client/verify-leaks.ts';
import type { SplitSet } from '../../core/catalog.ts';
import type { Digest } from '../../core/ids.ts';
import type { Evaluation } from '../../core/loop.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { seenModel } from './seen-model.ts';
import { smallSeries } from './small-dataset.ts';

const DATASET = 'spider';
const SPLIT: Record<string, SplitSet> = { 1: 'train', 2: 'validation', 3: 'train', 4: 'train', 5: 'validation' };
const POLICY = { validationShare: 0.4, seed: 1 };

describe('linking two study numbers of one person', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-links-'));
  let running: TestStore;
  let store: ObjectStore;
  let records: DatasetRecords;
  let first: Digest;
  let model: Digest;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    records = new DatasetRecords(store, DATASET);
    const series = await Promise.all(
      Object.keys(SPLIT).map((patient) => smallSeries(store, `${patient}_t1`, Number(patient))),
    );
    await records.updateCatalog((catalog) => ({ ...catalog, series, split: SPLIT }));
    first = await publish();
    const record = await seenModel(store, 'honest', { version: first, patientsSeen: ['1', '3', '4'] });
    ({ model } = record);
    await records.updateModels((registry) => ({ ...registry, champion: model, models: [record] }));
    await createEvaluateActivities({ store }).recordEvaluation({ dataset: DATASET, version: first, model, scored: [] });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  async function publish(): Promise<Digest> {
    const ledger = createLedgerActivities({ store });
    await ledger.splitPatients({ dataset: DATASET, ...POLICY, stage: 'round' });
    return (await ledger.publishVersion({ dataset: DATASET }))!;
  }

  function evaluationPlan(version: Digest): Promise<{ known: Evaluation | null }> {
    return createEvaluateActivities({ store }).planEvaluation({ dataset: DATASET, version, model });
  }

  const link = (a: string, b: string) =>
    linkPatients(store, { dataset: DATASET, patients: [a, b], reason: 'one birth' });

  it('starts from a version without a leak and an evaluation that stands', async () => {
    expect((await verifyLeaks(store, DATASET, first)).findings).toEqual([]);
    expect((await evaluationPlan(first)).known).toMatchObject({ version: first, model, patients: 2 });
  });

  it('moves the one in train to validation and reports the past leaks by digest', async () => {
    const report = await link('2', '1');
    expect(report).toMatchObject({ person: ['1', '2'], set: 'validation', moved: ['1'], hid: null });
    const linked = [{ patient: '2', seenAs: ['1'] }];
    expect(report.leaks).toEqual([
      { version: first, kind: 'person', model: null, patients: ['1', '2'], series: ['1_t1', '2_t1'] },
      { version: first, kind: 'trained', model, patients: ['2'], series: [], linked },
      { version: first, kind: 'evaluated', model, patients: ['2'], series: [], linked },
      { version: first, kind: 'serves', model, patients: ['2'], series: [], linked },
    ]);
    expect((await records.catalog()).split).toEqual({ ...SPLIT, 1: 'validation' });
    expect((await records.catalog()).links).toEqual([{ patients: ['1', '2'], reason: 'one birth', after: first }]);
  });

  it('changes nothing when it is recorded again, in any order', async () => {
    const before = await records.catalog();
    expect(await link('1', '2')).toMatchObject({ moved: [], leaks: [] });
    expect(await records.catalog()).toEqual(before);
  });

  it('refuses the evaluation that once stood, training on the old version, and any other evaluation of that model', async () => {
    const leak = { name: 'LeakError', patients: ['2'] };
    await expect(evaluationPlan(first)).rejects.toMatchObject(leak);
    const training = createTrainActivities({
      store,
      jobs: join(root, 'jobs'),
      trainers: { iis: { command: ['true'] } },
    });
    const budget = { seconds: 1, steps: null };
    const policy = { trainer: 'iis', preset: 'demo' as const, budget, seed: 1 };
    await expect(training.train({ dataset: DATASET, round: 0, version: first, policy })).rejects.toThrow(
      'expected one set for the person 1 = 2, got both',
    );
    const second = await publish();
    await expect(evaluationPlan(second)).rejects.toMatchObject({ name: 'LeakError', patients: ['1', '2'] });
  });

  it('is in the manifest from then on, where it is seen offline and derived again', async () => {
    const second = (await records.mainVersion())!;
    expect(second).not.toBe(first);
    const manifest = await store.getVersion(DATASET, second);
    expect(manifest).toMatchObject({
      parent: first,
      persons: [['1', '2']],
      split: { 1: 'validation', 2: 'validation' },
    });
    expect(manifest.leakProof?.models).toMatchObject([{ model, seenValidation: ['1', '2'] }]);
    await checkoutVersion(store, DATASET, second, join(root, 'out'));
    const offline = await verifyFolderLeaks(join(root, 'out'));
    expect(offline.barred).toEqual([{ model, patients: ['1', '2'] }]);
    expect(offline.findings).toEqual([]);
    expect(offline.patients[0]).toMatchObject({ patient: '1', alsoKnownAs: ['2'], seenBy: [{ model }] });
    const books = await createReproducePlanActivities({ store }).reproduceBooks({ dataset: DATASET, version: second });
    expect(books.find(({ what }) => what === 'split')).toMatchObject({ outcome: 'equal' });
  });

  it('keeps every one of several links that are recorded at once', async () => {
    await Promise.all([link('3', '4'), link('4', '5')]);
    const { links, split } = await records.catalog();
    expect(links?.map(({ patients }) => patients.join())).toEqual(expect.arrayContaining(['1,2', '3,4', '4,5']));
    // 5 validates, so 3 and 4 do.
    expect(Object.values(split)).toEqual(Array(5).fill('validation'));
    expect(await showPatient(store, DATASET, '4')).toMatchObject({
      alsoKnownAs: ['3', '5'],
      set: 'validation',
      seenBy: [model],
    });
  });

  it('is withdrawn with a reason, which moves nobody back', async () => {
    const request = { dataset: DATASET, patients: ['5', '4'] as [string, string], reason: 'twins' };
    const { persons, sets } = await unlinkPatients(store, request);
    expect(persons).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(sets).toEqual({ 4: 'validation', 5: 'validation' });
    expect((await records.catalog()).links).toContainEqual(expect.objectContaining({ withdrawn: 'twins' }));
    await expect(unlinkPatients(store, request)).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  it('refuses whom nobody knows, and a patient with itself', async () => {
    await expect(link('1', '99')).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(link('1', '1')).rejects.toMatchObject({ name: 'InvalidInputError' });
  });
});

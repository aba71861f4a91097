import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluateActivities } from '../../activities/evaluate.ts';
import { createLedgerActivities } from '../../activities/ledger.ts';
import { createModelRegistryActivities } from '../../activities/model-registry.ts';
import { createReproducePlanActivities } from '../../activities/reproduce-plan.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { freezeNow } from '../../client/freezing.ts';
import { recordFreshSplit, withdrawFreshSplit } from '../../client/fresh-splits.ts';
import { verifyLeaks } from '../../client/verify-leaks.ts';
import type { Digest } from '../../core/ids.ts';
import type { RoundInput, RoundReport } from '../../core/loop.ts';
import type { ModelRecord } from '../../core/models.ts';
import { QUEUE } from '../../core/queues.ts';
import { resplit } from '../../core/split.ts';
import { leakOf } from '../../workflows/leak-of.ts';
import { cleanEnvironment } from '../infra/local-home.ts';
import { BLOCK_POLICY } from '../support/block-cohort.ts';
import { runCommandIn } from '../support/command-line.ts';
import { seenModel } from './seen-model.ts';
import { smallSeries } from './small-dataset.ts';
import { startTemporalAndStore, type Running } from './temporal-worker.ts';

const DATASET = 'small';
const PATIENTS = Array.from({ length: 10 }, (_, i) => `${i + 1}`);
const POLICY = { validationShare: 0.2, seed: 1 };
/** Patients are all alike, so who validates is the seed's lot. */
const FRESH = { seed: 7, validationShare: 0.3, reason: 'a scanner was exchanged' };

describe('a recorded re-split', () => {
  let running: Running;
  let store: ObjectStore;
  let records: DatasetRecords;
  let env: NodeJS.ProcessEnv;
  let first: Digest;
  let second: Digest;
  let model: Digest;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    ({ store } = running);
    env = { ...cleanEnvironment, SPINDLE_HOME: running.env['SPINDLE_HOME'] };
    await running.work(QUEUE.orchestrate, 'workflows/index.ts', {
      ...createLedgerActivities({ store }),
      ...createEvaluateActivities({ store }),
      ...createModelRegistryActivities({ store }),
    });
    records = new DatasetRecords(store, DATASET);
    const series = await Promise.all(PATIENTS.map((patient) => smallSeries(store, `${patient}_t1`, Number(patient))));
    await records.updateCatalog((catalog) => ({ ...catalog, series }));
    first = (await freezeNow(running, { dataset: DATASET, ...POLICY })).version!;
    const { split } = await store.getVersion(DATASET, first);
    const patientsSeen = PATIENTS.filter((patient) => split[patient] === 'train');
    const record = await seenModel(store, 'champion', { version: first, patientsSeen });
    ({ model } = record);
    await records.updateModels((registry) => ({ ...registry, champion: model, models: [record] }));
  });
  afterAll(() => running.stop());

  it('says what it will change, and changes nothing yet', async () => {
    const { split } = await records.catalog();
    const report = await recordFreshSplit(store, DATASET, FRESH);
    expect(report).toMatchObject({ train: 7, validation: 3 });
    expect(report.toTrain.length).toBeGreaterThan(0);
    expect(report.toTrain.every((patient) => split[patient] === 'validation')).toBe(true);
    expect(report.toValidation.every((patient) => split[patient] === 'train')).toBe(true);
    expect(report.barred).toEqual([{ model, serves: true, patients: report.toValidation }]);
    expect((await records.catalog()).split).toEqual(split);
    // The same again is harmless; another one has to wait.
    expect(await recordFreshSplit(store, DATASET, FRESH)).toEqual(report);
    await expect(recordFreshSplit(store, DATASET, { ...FRESH, seed: 8 })).rejects.toThrow(
      'a re-split with seed 7 waits',
    );
    expect(await withdrawFreshSplit(store, DATASET)).toEqual(FRESH);
    await expect(withdrawFreshSplit(store, DATASET)).rejects.toMatchObject({ name: 'NotFoundError' });
  });

  it('does not take effect in the middle of a round', async () => {
    const { code } = await runCommandIn(
      env,
      ...['split', 'fresh', '--seed', '7', '--share', '0.3', '--reason', FRESH.reason, '--dataset', DATASET],
    );
    expect(code).toBe(0);
    const before = await records.catalog();
    await createLedgerActivities({ store }).splitPatients({ dataset: DATASET, ...POLICY, stage: 'round' });
    expect(await records.catalog()).toEqual(before);
    expect(before.nextSplit).toEqual(FRESH);
  });

  it('takes effect in the next frozen version, on record and with the models marked', async () => {
    const { stdout, code } = await runCommandIn(env, 'versions', 'freeze', '--dataset', DATASET, '--json');
    expect(code).toBe(0);
    ({ version: second } = JSON.parse(stdout) as { version: Digest });
    const { split, resplits, parent, leakProof } = await store.getVersion(DATASET, second);
    expect(parent).toBe(first);
    expect(resplits).toEqual([FRESH]);
    const alike = PATIENTS.map((patient) => ({
      patient,
      hospital: 'RH1',
      sex: 'F' as const,
      sequences: ['t1' as const],
    }));
    expect(split).toEqual(resplit({ patients: alike, previous: {}, validationShare: 0.3, seed: 7 }).split);
    const validating = PATIENTS.filter((patient) => split[patient] === 'validation');
    const seen = new Set(leakProof!.models[0]!.patientsSeen);
    expect(leakProof!.models[0]!.seenValidation).toEqual(validating.filter((patient) => seen.has(patient)).sort());
    expect((await records.catalog()).nextSplit).toBeUndefined();
    // Frozen again, nothing has changed.
    expect(await freezeNow(running, { dataset: DATASET, ...POLICY })).toMatchObject({
      version: second,
      before: second,
    });
  });

  it('is derived again from its seed', async () => {
    const activities = createReproducePlanActivities({ store });
    for (const version of [first, second]) {
      const books = await activities.reproduceBooks({ dataset: DATASET, version });
      const split = books.find(({ what }) => what === 'split');
      // Nobody recorded by which share and seed the first version was drawn.
      expect(split?.outcome).toBe(version === first ? 'impossible' : 'equal');
    }
  });

  it('has the evaluation of a model that has seen its validation patients refused, by command and workflow', async () => {
    const command = await runCommandIn(env, 'models', 'evaluate', 'serving', '--version', 'main', '--dataset', DATASET);
    expect(command).toMatchObject({ code: 4, stdout: '' });
    expect(command.stderr).toContain('validation patients that the model has seen in training');
    const failure: unknown = await running.client.workflow
      .execute('evaluateModel', {
        workflowId: 'evaluate-by-hand',
        taskQueue: QUEUE.orchestrate,
        args: [{ dataset: DATASET, version: second, model, window: 1 }],
      })
      .catch((error: unknown) => error);
    expect(leakOf(failure)).toContain('validation patients that the model has seen in training');
    expect(leakOf(new Error('another'))).toBeNull();
    // On the version it was trained on, it may be.
    const { evaluations } = (await records.models()).models[0]!;
    expect(evaluations).toEqual([]);
    const plan = await createEvaluateActivities({ store }).planEvaluation({ dataset: DATASET, version: first, model });
    expect(plan.items).toHaveLength(2);
  });

  it('leaves no leak but names the model that may not be judged', async () => {
    const report = await verifyLeaks(store, DATASET, second);
    expect(report.findings).toEqual([]);
    expect(report.barred).toMatchObject([{ model }]);
    const shown = await runCommandIn(env, 'versions', 'verify', '--leaks', '--dataset', DATASET);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(`model ${model.slice(0, 12)} may not be judged on this version: it has seen`);
  });

  it('has the champion give way in the next round, since only the challenger can be judged', async () => {
    const challenge = async ({ version }: { version: Digest }): Promise<ModelRecord> => {
      const { split } = await store.getVersion(DATASET, version);
      const patientsSeen = PATIENTS.filter((patient) => split[patient] === 'train');
      return seenModel(store, 'challenger', { version, patientsSeen });
    };
    const mask = await smallSeries(store, '1_t1', 1).then(({ image }) => image);
    await running.work(QUEUE.train, null, { train: challenge });
    await running.work(QUEUE.inference, null, { segmentVolume: async () => ({ mask }) });
    await running.work(QUEUE.imaging, null, { scoreMask: async () => [] });
    const report = await running.client.workflow.execute<(input: RoundInput) => Promise<RoundReport>>('round', {
      workflowId: 'round/small/1',
      taskQueue: QUEUE.orchestrate,
      args: [{ dataset: DATASET, round: 1, policy: { ...BLOCK_POLICY, ...POLICY } }],
    });
    expect(report).toMatchObject({ frozenVersion: second, decision: { champion: model, promoted: true } });
    expect(report.decision?.reason).toContain("the champion can't be judged any more: validation patients");
    expect(report.evaluation).toMatchObject({ version: second, model: report.model, patients: 3, series: 3 });
    expect((await records.models()).champion).toBe(report.model);
    expect(report.model).not.toBe(model);
  });
});

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIngestGateActivities, createIngestLedgerActivities } from '../../activities/ingest.ts';
import { createLedgerActivities } from '../../activities/ledger.ts';
import { createModelRegistryActivities } from '../../activities/model-registry.ts';
import { createTrainActivities } from '../../activities/train.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { asMask, decodeMha } from '../../adapters/volume.ts';
import type { IngestItem } from '../../core/ingest.ts';
import type { ModelRecord } from '../../core/models.ts';
import { QUEUE } from '../../core/queues.ts';
import { ModelCard, TrainingJob } from '../../core/trainer-contract.ts';
import { blockPatients, uploadBlocks } from '../support/block-cohort.ts';
import { bundleWorkflows, quietRuntime } from '../support/loop-workers.ts';
import { startTemporal, type RunningTemporal } from '../support/temporal.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

const TRAINER = fileURLToPath(new URL('../support/step-trainer.mjs', import.meta.url));
const DATASET = 'blocks';

describe('training', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-train-'));
  let temporal: RunningTemporal;
  let s3: RunningVersitygw;
  let store: ObjectStore;
  let orchestrate: { worker: Worker; ended: Promise<void> };
  let version: string;

  beforeAll(async () => {
    quietRuntime();
    const [running, server, workflowBundle] = await Promise.all([
      startTemporal(),
      startVersitygw(folder),
      bundleWorkflows(),
    ]);
    [temporal, s3] = [running, server];
    store = openObjectStore({ ...s3, region: 'us-east-1', bucket: 'spindle' });
    await store.ensureBucket();
    version = await publishedVersion();
    const { native: connection, namespace } = temporal;
    const activities = { ...createLedgerActivities({ store }), ...createModelRegistryActivities({ store }) };
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: QUEUE.orchestrate,
      workflowBundle,
      activities,
    });
    orchestrate = { worker, ended: worker.run() };
  });
  afterAll(async () => {
    orchestrate?.worker.shutdown();
    await orchestrate?.ended;
    store?.close();
    await Promise.all([temporal?.remove(), s3?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Two patients with a reference of their SPACE series each: one trains, one validates. */
  async function publishedVersion(): Promise<string> {
    const cohort = blockPatients(2).filter(({ series }) => series.endsWith('SPACE'));
    const { folder: uploads, list } = await uploadBlocks(store, DATASET, cohort);
    const gate = createIngestGateActivities({ store });
    const { items } = await gate.readIngestList({ list, from: 0, count: 9 });
    const results = await Promise.all(
      items.map((item: IngestItem) => gate.ingestSeries({ folder: uploads, item: discsOnly(item) })),
    );
    await createIngestLedgerActivities({ store }).commitIngest({ dataset: DATASET, results });
    const ledger = createLedgerActivities({ store });
    await ledger.splitPatients({ dataset: DATASET, validationShare: 0.5, seed: 1 });
    return (await ledger.publishVersion({ dataset: DATASET }))!;
  }

  const discsOnly = (item: IngestItem): IngestItem =>
    item.patient === '2' ? { ...item, annotatedClasses: ['disc'] } : item;

  async function startTrainWorker(jobs: string, env: Record<string, string>) {
    const { native: connection, namespace } = temporal;
    const activities = createTrainActivities({
      store,
      jobs,
      trainers: { iis: { command: [process.execPath, TRAINER], env } },
    });
    const worker = await Worker.create({ connection, namespace, taskQueue: QUEUE.train, activities });
    const ended = worker.run();
    return {
      async stop() {
        worker.shutdown();
        await ended;
      },
    };
  }

  const start = (round: number, trainer = 'iis'): Promise<WorkflowHandle> =>
    temporal.client.workflow.start('trainModel', {
      workflowId: `train/${DATASET}/${round}`,
      taskQueue: QUEUE.orchestrate,
      args: [
        {
          dataset: DATASET,
          round,
          version,
          policy: { trainer, preset: 'demo', budget: { seconds: null, steps: 3 }, seed: 1 },
        },
      ],
    });

  const cardOf = (model: ModelRecord) => store.getJson(model.card.digest, ModelCard);

  it('freezes the version in nnU-Net raw layout, trains, and registers the model', async () => {
    const jobs = join(folder, 'machine-1');
    const worker = await startTrainWorker(jobs, { STEPS: '3' });
    const model = (await (await start(1)).result()) as ModelRecord;
    await worker.stop();
    expect(await cardOf(model)).toMatchObject({ round: 1, version, steps: 3, parent: null });
    expect(Buffer.from(await store.getObject(model.onnx.digest)).toString()).toBe('counted to 3');

    const jobDir = join(jobs, DATASET, readdirSync(join(jobs, DATASET))[0]!);
    const job = TrainingJob.parse(JSON.parse(readFileSync(join(jobDir, 'job.json'), 'utf8')));
    expect(job.cases.map(({ series, split }) => [series, split])).toEqual([
      ['1_t2_SPACE', expect.stringMatching(/^(train|validation)$/)],
      ['2_t2_SPACE', expect.stringMatching(/^(train|validation)$/)],
    ]);
    expect(new Set(job.cases.map(({ split }) => split)).size).toBe(2);
    const splits = JSON.parse(readFileSync(join(jobDir, 'raw/splits_final.json'), 'utf8')) as object;
    const of = (set: string) => job.cases.filter(({ split }) => split === set).map(({ series }) => series);
    expect(splits).toEqual([{ train: of('train'), val: of('validation') }]);
    // Where only discs were annotated, what isn't a disc must teach nothing: nnU-Net's ignore label.
    expect(await labelsIn(join(jobDir, 'raw/labelsTr/1_t2_SPACE.mha'))).toEqual([0, 1, 2, 3]);
    expect(await labelsIn(join(jobDir, 'raw/instancesTr/1_t2_SPACE.mha'))).toEqual([
      0, 1, 2, 3, 4, 100, 201, 202, 203, 204,
    ]);
  });

  it('starts the next one from the serving model', async () => {
    await createModelRegistryActivities({ store }).recordDecision({ dataset: DATASET, decision: await firstServes() });
    const jobs = join(folder, 'machine-1');
    const worker = await startTrainWorker(jobs, { STEPS: '4' });
    const model = (await (await start(2)).result()) as ModelRecord;
    await worker.stop();
    expect(await cardOf(model)).toMatchObject({ parent: (await firstServes()).challenger });
    const [only, ...others] = readdirSync(join(jobs, DATASET));
    expect(others).toEqual([]); // the earlier job is gone
    expect(readFileSync(join(jobs, DATASET, only!, 'warm/weights.pt'), 'utf8')).toBe('weights of round 1');
  });

  it('starts from the model that is asked for, or from nothing, whichever serves', async () => {
    const { client } = temporal;
    const { models } = await new DatasetRecords(store, DATASET).models();
    const second = models.find(({ round }) => round === 2)!.model;
    const jobs = join(folder, 'machine-1');
    const worker = await startTrainWorker(jobs, { STEPS: '2' });
    for (const warmStart of [second, null]) {
      const policy = { trainer: 'iis', preset: 'demo', budget: { seconds: null, steps: 3 }, seed: 1 };
      const model = await client.workflow.execute('trainModel', {
        workflowId: `train/${DATASET}/again`,
        taskQueue: QUEUE.orchestrate,
        args: [{ dataset: DATASET, round: 2, version, policy, warmStart }],
      });
      expect(await cardOf(model as ModelRecord)).toMatchObject({ parent: warmStart, round: 2 });
    }
    await worker.stop();
  });

  it('goes on from its last checkpoint on another machine when the first one is lost', async () => {
    const first = join(folder, 'machine-1');
    const second = join(folder, 'machine-2');
    mkdirSync(join(second, DATASET), { recursive: true });
    writeFileSync(join(second, DATASET, 'go'), '');
    const lost = await startTrainWorker(first, { STEPS: '9', HOLD_AT: '5' });
    const handle = await start(3);
    await until(async () => (await checkpointStep()) === '5');
    await lost.stop(); // cancels the activity: the trainer ends, the server hands the job to the next worker
    const worker = await startTrainWorker(second, { STEPS: '9', HOLD_AT: '5' });
    const model = (await handle.result()) as ModelRecord;
    await worker.stop();
    // Steps 6 to 9: it went on from the checkpoint that came through S3.
    expect(await cardOf(model)).toMatchObject({ steps: 9, seconds: 4 });
    const [job] = readdirSync(join(second, DATASET)).filter((name) => name !== 'go');
    expect(existsSync(join(second, DATASET, job!, 'checkpoints/last'))).toBe(true);
    expect(await uploadsOf('training/blocks')).toEqual([]);
  });

  it('refuses a trainer nobody has', async () => {
    const worker = await startTrainWorker(join(folder, 'machine-1'), { STEPS: '1' });
    const error = await (await start(4, 'unheard-of')).result().catch((thrown: unknown) => thrown);
    await worker.stop();
    let innermost = error as Error;
    while (innermost.cause instanceof Error) innermost = innermost.cause;
    expect(innermost.message).toBe('policy: trainer: expected one of iis, got unheard-of');
  });

  async function labelsIn(path: string): Promise<number[]> {
    const mask = asMask(await decodeMha(new Uint8Array(readFileSync(path)), path), path);
    return [...new Set(mask.voxels)].sort((a, b) => a - b);
  }

  async function firstServes() {
    const { models } = await new DatasetRecords(store, DATASET).models();
    const { model } = models.find(({ round }) => round === 1)!;
    const facts = { champion: null, challengerDice: null, championDice: null, reason: 'no model served before' };
    return { round: 1, challenger: model, promoted: true, ...facts };
  }

  async function uploadsOf(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.bucket.list(`uploads/${prefix}/`)) keys.push(key);
    return keys;
  }

  async function checkpointStep(): Promise<string | undefined> {
    const texts = await Promise.all((await uploadsOf('training/blocks')).map((key) => store.bucket.read(key)));
    return texts.map((stored) => Buffer.from(stored!.bytes).toString()).find((text) => text === '5');
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await sleep(100);
  }
});

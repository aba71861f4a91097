import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { ErratumRecords } from '../../adapters/erratum-records.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { decodeMha, encodeMha } from '../../adapters/volume.ts';
import { closeErratum, fileErratum } from '../../client/errata/errata.ts';
import { reproductionResult, startReproduction } from '../../client/reproductions.ts';
import { startTraining, trainingResult } from '../../client/trainings.ts';
import { workflowId } from '../../core/ids.ts';
import type { CampaignInput, RoundState } from '../../core/loop.ts';
import { QUEUE } from '../../core/queues.ts';
import type { ClaimRequest, SubmitRequest, SubmitResult, TaskView, Verdict } from '../../core/review.ts';
import { BLOCK_POLICY, blockModel, blockPatients, otherBytes, uploadBlocks } from '../support/block-cohort.ts';
import { runReads } from '../support/block-reads.ts';
import { bundleWorkflows, quietRuntime, startLoopWorkers } from '../support/loop-workers.ts';
import { runLives } from '../support/task-lives.ts';
import { startTemporal, type RunningTemporal } from '../support/temporal.ts';
import { startVersitygw } from '../support/versitygw.ts';

/**
 * Records the histories that replay.test.ts replays: `npx tsx test/workflows/record-histories.ts`. Only to be run when a change of
 * a workflow is meant to break with the past; a change that running workflows must survive needs `patched` instead. With names of parts
 * (`loop`, `reads`, `lives`) it records those alone: for histories that are new.
 */
const PARTS = { loop: runLoop, reads: runReads, lives: runLives };
const HISTORIES = new URL('./histories/', import.meta.url);
const DATASET = 'blocks';
const COHORT = blockPatients(3);

const folder = mkdtempSync(join(tmpdir(), 'spindle-histories-'));
quietRuntime();
const [temporal, s3, bundle] = await Promise.all([startTemporal(), startVersitygw(folder), bundleWorkflows()]);
const store = openObjectStore({ ...s3, region: 'us-east-1', bucket: 'spindle' });
await store.ensureBucket();
// Trained again, a model comes out as other bytes, and is compared.
const workers = await startLoopWorkers(temporal, store, bundle, async (request) => {
  const record = await blockModel({ store }, request);
  return request.warmStart === undefined ? record : otherBytes({ store }, record);
});
try {
  const named = process.argv.slice(2);
  for (const [name, run] of Object.entries(PARTS)) {
    if (named.length === 0 || named.includes(name)) await run(temporal, store);
  }
  mkdirSync(HISTORIES, { recursive: true });
  const runs: { workflowId: string; runId: string; type: string }[] = [];
  for await (const run of temporal.client.workflow.list()) runs.unshift(run);
  const written = new Set<string>();
  // The oldest first: a later run of the same id gets a number.
  for (const { workflowId: id, runId, type } of runs) {
    const history = await temporal.client.workflow.getHandle(id, runId).fetchHistory();
    const first = `${type}.${id.replaceAll('/', '-')}`;
    let name = first;
    for (let run = 2; written.has(name); run++) name = `${first}.run-${run}`;
    written.add(name);
    writeFileSync(new URL(`${name}.json`, HISTORIES), `${historyToJSON(history)}\n`);
  }
} finally {
  await workers.stop();
  store.close();
  await Promise.all([temporal.remove(), s3.stop()]);
  rmSync(folder, { recursive: true, force: true });
}

async function runLoop({ client }: RunningTemporal, objects: ObjectStore): Promise<void> {
  const ingest = await uploadBlocks(objects, DATASET, COHORT);
  await client.workflow.execute('ingestCohort', {
    workflowId: workflowId.ingest(DATASET, ingest.list.digest),
    taskQueue: QUEUE.orchestrate,
    args: [ingest],
  });
  const campaign = await client.workflow.start('campaign', {
    workflowId: workflowId.campaign(DATASET),
    taskQueue: QUEUE.orchestrate,
    args: [{ dataset: DATASET, policy: BLOCK_POLICY, nextRound: 1, paused: false } satisfies CampaignInput],
  });
  await campaign.signal('pause');
  await campaign.signal('resume');
  const settled = new Set<string>();
  let ended = false;
  const result = campaign.result().finally(() => (ended = true));
  while (!ended) {
    const round = client.workflow.getHandle(workflowId.round(DATASET, 1));
    const state = await round.query<RoundState>('roundState').catch(() => null);
    for (const { task, series } of state?.openTasks ?? []) {
      if (settled.has(task)) continue;
      settled.add(task);
      await settle(objects, task, series);
    }
    await sleep(200);
  }
  await result;
  const version = (await new DatasetRecords(objects, DATASET).mainVersion())!;
  const { trainer, preset, budget, seed } = BLOCK_POLICY;
  const request = { dataset: DATASET, version, policy: { trainer, preset, budget, seed }, window: 2 };
  await trainingResult(client, (await startTraining(client, request)).workflow);
  const again = await startReproduction(client, { dataset: DATASET, version, window: 2, models: true });
  await reproductionResult(client, again.workflow);
  await trainAgain(client, version);
  await client.workflow.execute('verifyVersions', {
    workflowId: workflowId.verify(DATASET),
    taskQueue: QUEUE.orchestrate,
    args: [{ dataset: DATASET }],
  });
  await mendErratum(objects, version);
}

/** Every model of the version trained again. */
async function trainAgain(client: RunningTemporal['client'], version: string): Promise<void> {
  const retrain = { models: null };
  const again = await startReproduction(client, { dataset: DATASET, version, window: 2, models: false, retrain });
  await reproductionResult(client, again.workflow);
}

/** Two errata of a series: one is mended, the other closed by hand. */
async function mendErratum(objects: ObjectStore, version: string): Promise<void> {
  const { client } = temporal;
  const series = '2_t2_SPACE';
  const errata = new ErratumRecords(objects, DATASET);
  const file = async (text: string) => {
    const report = { series, label: 202, text };
    const { erratum } = await fileErratum({ client, store: objects }, DATASET, version, report);
    for (;;) {
      await sleep(200);
      const task = (await errata.read(erratum.id))!.task;
      const view =
        task &&
        (await client.workflow
          .getHandle(workflowId.review(task))
          .query('task')
          .catch(() => null));
      if (view) return { id: erratum.id, task, view: view as TaskView };
    }
  };
  const { task, view } = await file('swallowed by the vertebra');
  const handle = client.workflow.getHandle(workflowId.review(task));
  await handle.executeUpdate<TaskView, [ClaimRequest]>('claim', { args: [{ reviewer: 'anna' }] });
  const shown = await decodeMha(await objects.getObject(view.proposal.digest), 'proposal');
  shown.voxels[shown.voxels.indexOf(202)] = 0;
  const upload = await objects.putUpload(task, await encodeMha(shown));
  const request = { reviewer: 'anna', baseDigest: view.proposal.digest, minutes: 1 };
  await handle.executeUpdate<SubmitResult, [SubmitRequest]>('submit', {
    args: [{ ...request, verdict: { verdict: 'correct', upload } }],
  });
  const ended = () => client.workflow.getHandle(workflowId.erratum(DATASET, series)).result();
  await ended();
  const { id } = await file('a matter of taste');
  await closeErratum({ client, store: objects }, DATASET, id, 'taste');
  await ended();
}

/** One task is excluded, one refused first and then corrected, the others accepted. */
async function settle(objects: ObjectStore, task: string, series: string): Promise<void> {
  const handle = temporal.client.workflow.getHandle(workflowId.review(task));
  const view = await handle.executeUpdate<TaskView, [ClaimRequest]>('claim', { args: [{ reviewer: 'anna' }] });
  const submit = (verdict: Verdict) =>
    handle.executeUpdate<SubmitResult, [SubmitRequest]>('submit', {
      args: [{ reviewer: 'anna', baseDigest: view.proposal.digest, minutes: 1, verdict }],
    });
  if (series === '1_t1') return void (await submit({ verdict: 'exclude', reason: 'motion' }));
  if (series !== '3_t2') return void (await submit({ verdict: 'accept' }));
  await submit({ verdict: 'correct', upload: await objects.putUpload(task, Buffer.from('no volume')) });
  const { truth } = COHORT.find((each) => each.series === series)!;
  await submit({ verdict: 'correct', upload: await objects.putUpload(task, await encodeMha(truth)) });
}

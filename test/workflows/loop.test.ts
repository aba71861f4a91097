import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TrainRequest } from '../../activities/train.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { reproductionResult, startReproduction } from '../../client/reproductions.ts';
import { startTraining, trainingResult } from '../../client/trainings.ts';
import { parseTaskId, workflowId } from '../../core/ids.ts';
import type { IngestSummary } from '../../core/ingest.ts';
import { RoundState, type CampaignInput, type CampaignState } from '../../core/loop.ts';
import type { ModelRecord } from '../../core/models.ts';
import { QUEUE } from '../../core/queues.ts';
import type { Reproduction } from '../../core/reproduction.ts';
import type { ClaimRequest, SubmitRequest, SubmitResult, TaskView } from '../../core/review.ts';
import type { ReproduceInput } from '../../workflows/reproduce-version.ts';
import { BLOCK_POLICY, blockModel, blockPatients, otherBytes, uploadBlocks } from '../support/block-cohort.ts';
import { bundleWorkflows, quietRuntime, startLoopWorkers } from '../support/loop-workers.ts';
import { startTemporal, type RunningTemporal } from '../support/temporal.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

const DATASET = 'blocks';
const COHORT = blockPatients(6);
const POLICY: CampaignInput['policy'] = { ...BLOCK_POLICY, maxRounds: 3, patientsPerRound: 2 };

/** The loop with everything real but the training: Temporal, S3, inference, gates, splits, versions. */
describe('the curation loop', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-loop-'));
  let temporal: RunningTemporal;
  let s3: RunningVersitygw;
  let store: ObjectStore;
  let workers: { stop(): Promise<void> };
  let records: DatasetRecords;
  let training: (request: TrainRequest) => Promise<ModelRecord>;

  beforeAll(async () => {
    quietRuntime();
    [temporal, s3] = await Promise.all([startTemporal(), startVersitygw(folder)]);
    store = openObjectStore({ ...s3, region: 'us-east-1', bucket: 'spindle' });
    await store.ensureBucket();
    records = new DatasetRecords(store, DATASET);
    training = (request) => blockModel({ store }, request);
    workers = await startLoopWorkers(temporal, store, await bundleWorkflows(), (request) => training(request));
  });
  afterAll(async () => {
    await workers?.stop();
    store?.close();
    await Promise.all([temporal?.remove(), s3?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const ingest = async (cohort = COHORT): Promise<IngestSummary> => {
    const input = await uploadBlocks(store, DATASET, cohort);
    return temporal.client.workflow.execute('ingestCohort', {
      workflowId: workflowId.ingest(DATASET, input.list.digest),
      taskQueue: QUEUE.orchestrate,
      args: [input],
    });
  };

  it('takes a cohort in, and the same one again without a change', async () => {
    expect(await ingest()).toEqual({ added: 14, unchanged: 0, masks: 2, refused: [] });
    const before = await records.catalog();
    expect(before.series.map(({ series }) => series).slice(0, 4)).toEqual(['1_t1', '1_t2', '1_t2_SPACE', '2_t1']);
    expect(await ingest()).toMatchObject({ added: 0, unchanged: 14, masks: 0 });
    expect(await records.catalog()).toEqual(before);
  });

  it('refuses a bad mask and another image under a known name; nothing stored changes', async () => {
    const before = await records.catalog();
    const [known, , space] = COHORT;
    const changed = { ...known!, image: { ...known!.image, voxels: known!.image.voxels.slice() } };
    changed.image.voxels[1] = 7;
    const mask = { ...space!.truth, voxels: space!.truth.voxels.map((label) => (label === 1 ? 99 : label)) };
    const newcomer = { ...space!, series: '77_t2_SPACE', truth: mask };
    const summary = await ingest([changed, newcomer]);
    expect(summary).toMatchObject({ added: 1, unchanged: 0, masks: 0 });
    expect(summary.refused).toEqual([
      expect.objectContaining({ file: 'images/1_t1.mha', field: 'series' }),
      {
        file: 'masks/77_t2_SPACE.mha',
        field: 'known-labels',
        expected: '1-25, 100, 101-125, 201-225',
        got: 'unknown 99',
      },
    ]);
    const after = await records.catalog();
    expect(after.series.filter(({ series }) => series !== '77_t2_SPACE')).toEqual(before.series);
    await records.updateCatalog((catalog) => ({ ...catalog, series: before.series }));
  });

  it('runs three rounds to the end', async () => {
    const handle = await temporal.client.workflow.start('campaign', {
      workflowId: workflowId.campaign(DATASET),
      taskQueue: QUEUE.orchestrate,
      args: [{ dataset: DATASET, policy: POLICY, nextRound: 1, paused: false } satisfies CampaignInput],
    });
    const stopReviewing = new AbortController();
    const reviewing = review(stopReviewing.signal);
    const state = (await handle.result()) as CampaignState;
    stopReviewing.abort();
    await reviewing;
    // 6 patients, of whom 2 come in through their SPACE series and 2 a round are proposed: everything is done after round 2.
    expect(state).toMatchObject({ status: 'finished', stop: 'every series has a reference or is excluded', round: 2 });

    const [one, two] = await records.rounds();
    expect(one).toMatchObject({ round: 1, propagated: 4, segmented: 4, reviewed: 8, excluded: 1, remaining: 4 });
    expect(two).toMatchObject({ round: 2, propagated: 0, segmented: 4, reviewed: 4, remaining: 0 });
    expect(one!.accepted + one!.corrected).toBe(7);
    // The block network is exact: only the one mask that the reviewer changed differs, in a voxel.
    expect(one!.corrected).toBe(1);
    expect(one!.proposalScores!.meanDice).toBeGreaterThan(0.9999);
    expect(one!.proposalScores!.meanDice).toBeLessThan(1);
    expect(one!.decision).toMatchObject({ promoted: true, champion: null });
    expect(one!.reviewMinutes).toBe(14);
    expect(one!.stages.map(({ stage }) => stage)).toEqual(
      'propagate freeze train challenge choose segment review accept version evaluate'.split(' '),
    );
    expect(two!.evaluation).toMatchObject({ version: two!.version, scores: { canal: { dice: 1 } } });
    expect(two!.evaluation!.patients).toBe(3);
  }, 180_000);

  it('leaves versions that follow one another, split by patient and without leaks', async () => {
    const last = (await records.mainVersion())!;
    const manifest = await store.getVersion(DATASET, last);
    expect(manifest.series).toHaveLength(13); // 14 but for the excluded one
    const previous = await store.getVersion(DATASET, manifest.parent!);
    for (const [patient, set] of Object.entries(previous.split)) expect(manifest.split[patient]).toBe(set);
    expect(Object.values(manifest.split).filter((set) => set === 'validation')).toHaveLength(3);
    const corrected = manifest.series.find(({ reference }) => reference.origin === 'corrected')!;
    expect(corrected.reference).toMatchObject({ voxelsChanged: 1, base: 'proposal', reviewer: 'test-reviewer' });
    expect(corrected.reference.modelDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('reproduces the last version, all equal', async () => {
    const report = await reproduction((await records.mainVersion())!);
    expect(report).toMatchObject({ series: 13, reproduced: true, allEqual: true, findings: [], findingsLeftOut: 0 });
    const equal = Object.entries(report.counts).map(([what, { equal }]) => [what, equal]);
    // Of 13 series 2 were given, 4 carried over (none of the excluded one), the rest proposed; every model is evaluated once.
    expect(Object.fromEntries(equal)).toMatchObject({
      manifest: 1,
      split: 1,
      image: 13,
      mask: 13,
      labels: 13,
      change: 11,
    });
    expect(report.counts.propagation.equal + report.counts.proposal.equal).toBe(11);
    expect(report.counts.propagation.equal).toBeGreaterThan(0);
    expect(report.counts.evaluation.equal).toBeGreaterThan(0);
  }, 120_000);

  it('says by name what of a version can not be reproduced', async () => {
    const version = (await records.mainVersion())!;
    const { series } = await store.getVersion(DATASET, version);
    // One whose shown mask is not its reference as well.
    const proposed = series.find(({ reference }) => reference.origin === 'corrected')!;
    const carried = series.find(({ reference }) => reference.base === 'propagated')!;
    const source = series.find(({ study, sequence }) => study === carried.study && sequence === 't2_SPACE')!;
    const pathOf = (digest: string) => join(s3.data, 'spindle/objects', digest);
    const gone = [proposed.reference.baseDigest!, source.reference.mask.digest].map(pathOf);
    const image = pathOf(proposed.image.digest);
    const kept = new Map([image, ...gone].map((path) => [path, readFileSync(path)]));
    writeFileSync(image, Buffer.from(kept.get(image)!).fill(0, 400, 404));
    for (const path of gone) rmSync(path, { force: true });
    const report = await reproduction(version, false).finally(() => {
      for (const [path, bytes] of kept) writeFileSync(path, bytes);
    });
    expect(report).toMatchObject({ reproduced: false, allEqual: false });
    expect(report.findings).toContainEqual({
      what: 'image',
      of: proposed.series,
      outcome: 'different',
      detail: expect.stringContaining(proposed.image.digest),
    });
    expect(report.findings).toContainEqual(expect.objectContaining({ what: 'change', outcome: 'impossible' }));
    expect(report.findings).toContainEqual({
      what: 'propagation',
      of: carried.series,
      outcome: 'impossible',
      detail: expect.stringContaining(source.reference.mask.digest),
    });
    expect(report.counts.proposal).toEqual({ equal: 0, within: 0, different: 0, impossible: 0 }); // not asked for
  }, 120_000);

  it('trains the models of a version again, and compares them', async () => {
    const version = (await records.mainVersion())!;
    const registered = await records.models();
    const [first, second] = registered.models.map(({ model }) => model);
    // The second training comes out with other bytes and the same network, or can't be run on this machine.
    training = async (request) => {
      const record = await blockModel({ store }, request);
      return request.round === 1 ? record : otherBytes({ store }, record);
    };
    const report = await reproduction(version, false, { models: null });
    expect(report.retrainings).toEqual([
      { model: first, again: first, verdict: 'byte-equal', detail: null, comparisons: [] },
      expect.objectContaining({
        model: second,
        verdict: 'undecided',
        detail: 'too few patients: it takes 5 that validate, and there are 3',
      }),
    ]);
    const { again, comparisons } = report.retrainings![1]!;
    expect(again).not.toBe(second);
    expect(comparisons.map((each) => [each.class, each.measure, each.patients, each.difference])).toEqual(
      ['vertebra', 'disc', 'canal'].flatMap((name) => ['dice', 'asdMm'].map((measure) => [name, measure, 3, 0])),
    );
    expect(comparisons[4]).toMatchObject({ structures: 6, recorded: 1, again: 1, interval: { low: 0, high: 0 } });
    expect(report.counts.retraining).toEqual({ equal: 1, within: 0, different: 0, impossible: 1 });
    expect(report).toMatchObject({ reproduced: false, allEqual: false });
    expect(await records.models()).toEqual(registered); // nothing is registered

    training = () => Promise.reject(ApplicationFailure.nonRetryable('no GPU here', 'TrainerMachineError'));
    const refused = await reproduction(version, false, { models: [second!] });
    expect(refused.retrainings).toEqual([
      { model: second, again: null, verdict: 'impossible', detail: 'no GPU here', comparisons: [] },
    ]);
    training = (request) => blockModel({ store }, request);
  }, 120_000);

  it('trains on a version outside the rounds: registered, evaluated, and never serving', async () => {
    const version = (await records.mainVersion())!;
    const before = await records.models();
    const policy = { trainer: 'iis', preset: 'demo' as const, budget: { seconds: 1, steps: null }, seed: 7 };
    const request = { dataset: DATASET, version, policy, window: 2 };
    const { client } = temporal;
    const [one, other] = await Promise.all([startTraining(client, request), startTraining(client, request)]);
    expect(one.workflow).toBe(other.workflow);
    expect([one.joined, other.joined].sort()).toEqual([false, true]);
    const { model, evaluation } = await trainingResult(client, one.workflow);
    expect(model).toMatchObject({ round: 0, version });
    expect(evaluation).toMatchObject({ version, model: model.model, patients: 3 });
    expect(evaluation.scores.meanDice).toBeGreaterThan(0.9999);
    const after = await records.models();
    expect(after.models.map((record) => record.model)).toEqual([
      ...before.models.map((record) => record.model),
      model.model,
    ]);
    expect(after.champion).toBe(before.champion);
    expect(after.decisions).toEqual(before.decisions);
  });

  async function reproduction(
    version: string,
    models = true,
    retrain?: ReproduceInput['retrain'],
  ): Promise<Reproduction> {
    const { client } = temporal;
    const input = { dataset: DATASET, version, window: 4, models, ...(retrain ? { retrain } : {}) };
    const { workflow } = await startReproduction(client, input);
    return reproductionResult(client, workflow);
  }

  /** Accepts every task but two: the first proposal is corrected by a voxel, one series is excluded. */
  async function review(signal: AbortSignal): Promise<void> {
    const settled = new Set<string>();
    let corrected = false;
    while (!signal.aborted) {
      await sleep(100);
      for (const round of [1, 2]) {
        for (const { task } of await openTasks(round)) {
          if (settled.has(task)) continue;
          const handle = temporal.client.workflow.getHandle(workflowId.review(task));
          const claim: [ClaimRequest] = [{ reviewer: 'test-reviewer' }];
          const view = await handle.executeUpdate<TaskView, [ClaimRequest]>('claim', { args: claim });
          const { series } = parseTaskId(task);
          let verdict: SubmitRequest['verdict'] = { verdict: 'accept' };
          if (series === '3_t1') verdict = { verdict: 'exclude', reason: 'moved during the scan' };
          else if (view.kind === 'proposal' && !corrected) {
            corrected = true;
            const truth = COHORT.find((each) => each.series === series)!.truth;
            const voxels = truth.voxels.slice();
            voxels[voxels.indexOf(1)] = 0;
            verdict = {
              verdict: 'correct',
              upload: await store.putUpload(task, await encodeMha({ ...truth, voxels })),
            };
          }
          const request = { reviewer: 'test-reviewer', baseDigest: view.proposal.digest, minutes: 2, verdict };
          const result = await handle.executeUpdate<SubmitResult, [SubmitRequest]>('submit', { args: [request] });
          expect(result.outcome).toBe(verdict.verdict === 'exclude' ? 'excluded' : 'accepted');
          settled.add(task);
        }
      }
    }
  }

  async function openTasks(round: number): Promise<RoundState['openTasks']> {
    const handle = temporal.client.workflow.getHandle(workflowId.round(DATASET, round));
    return handle.query<RoundState>('roundState').then(
      (state) => RoundState.parse(state).openTasks,
      () => [],
    );
  }
});

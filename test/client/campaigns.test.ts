import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { createCampaignService, type CampaignService } from '../../client/campaigns.ts';
import { DEMO_POLICY } from '../../client/policies.ts';
import type { Evaluation, RoundReport, Scores } from '../../core/loop.ts';
import { QUEUE } from '../../core/queues.ts';
import { workflowId } from '../../core/ids.ts';
import { startTemporalAndStore, type Running } from './temporal-worker.ts';

const VERSION = 'a'.repeat(64);
const MODEL = 'b'.repeat(64);

// The real campaign and its round on a real Temporal; the stages' work is played. Training waits until the test lets it end.
describe('the campaign service', () => {
  let running: Running;
  let campaigns: CampaignService;
  /** The training that waits; null when none does. */
  let training: { finish: () => void; fail: (error: Error) => void } | null = null;
  let dataset: string;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    campaigns = createCampaignService(running);
    await running.work(QUEUE.orchestrate, 'workflows/index.ts', ledger());
    await running.work(QUEUE.train, null, { train });
  });
  afterAll(async () => {
    training?.finish(); // a worker ends with its activities
    await running.stop();
  });

  it('knows nothing of what was never begun', async () => {
    await expect(campaigns.start('nothing', DEMO_POLICY)).rejects.toMatchObject({ name: 'NotFoundError' });
    await expect(campaigns.pause('nothing')).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(await campaigns.state('nothing')).toBeNull();
    expect(await campaigns.round('nothing')).toBeNull();
    expect(await campaigns.reports('nothing')).toEqual([]);
  });

  it('starts one campaign per dataset, and shows the round under way', async () => {
    await newDataset('first');
    expect(await campaigns.start(dataset, { ...DEMO_POLICY, maxRounds: 1 })).toEqual({ round: 1 });
    await atTraining(1);
    expect(await campaigns.datasets()).toEqual(['first']);
    expect(await campaigns.state(dataset)).toMatchObject({ round: 1, status: 'running', stop: null });
    await expect(campaigns.start(dataset, DEMO_POLICY)).rejects.toMatchObject({
      name: 'ConflictError',
      message: 'the campaign of dataset "first" runs already (workflow campaign/first)',
    });
    await expect(campaigns.startRound(dataset, DEMO_POLICY)).rejects.toMatchObject({ name: 'ConflictError' });
  });

  it('pauses before the next stage, and goes on', async () => {
    await campaigns.pause(dataset);
    await expect.poll(async () => (await campaigns.state(dataset))?.status, { timeout: 20_000 }).toBe('paused');
    training!.finish();
    await expect
      .poll(async () => (await campaigns.round(dataset))?.stages.map(({ stage }) => stage), { timeout: 20_000 })
      .toContain('train');
    expect(await campaigns.round(dataset)).toMatchObject({ detail: 'paused' });
    expect(await campaigns.reports(dataset)).toEqual([]);
    await campaigns.resume(dataset);
    await expect.poll(async () => (await campaigns.reports(dataset)).length, { timeout: 20_000 }).toBe(1);
  });

  it('tells the result of a campaign that has ended', async () => {
    await expect
      .poll(() => campaigns.state(dataset), { timeout: 20_000 })
      .toMatchObject({ status: 'finished', stop: '1 round is done' });
    expect(await campaigns.round(dataset)).toBeNull();
    await expect(campaigns.pause(dataset)).rejects.toMatchObject({ name: 'ConflictError' });
  });

  it('goes on after the recorded rounds, one round at a time if asked', async () => {
    await expect(campaigns.start(dataset, { ...DEMO_POLICY, maxRounds: 1 })).rejects.toThrow(
      '1 round is done and the policy allows 1',
    );
    expect(await campaigns.startRound(dataset, DEMO_POLICY)).toEqual({ round: 2 });
    await atTraining(2);
    training!.finish();
    await expect
      .poll(() => campaigns.state(dataset), { timeout: 20_000 })
      .toMatchObject({ status: 'finished', round: 2, stop: '2 rounds are done' });
    expect((await campaigns.reports(dataset)).map(({ round }) => round)).toEqual([1, 2]);
  });

  it('tells why a campaign failed', async () => {
    await newDataset('second');
    await campaigns.start(dataset, DEMO_POLICY);
    await atTraining(1);
    training!.fail(ApplicationFailure.nonRetryable('patient 7 is in the validation set', 'LeakError'));
    await expect
      .poll(() => campaigns.state(dataset), { timeout: 20_000 })
      .toMatchObject({ status: 'finished', stop: 'failed: patient 7 is in the validation set' });
    expect(await campaigns.round(dataset)).toBeNull();
  });

  it('shows a campaign that was terminated as ended', async () => {
    await newDataset('third');
    await campaigns.start(dataset, DEMO_POLICY);
    await atTraining(1);
    await running.client.workflow.getHandle(workflowId.campaign(dataset)).terminate('by hand');
    expect(await campaigns.state(dataset)).toMatchObject({ status: 'finished', stop: 'terminated: by hand' });
    training!.finish();
  });

  async function newDataset(name: string): Promise<void> {
    dataset = name;
    // Any change makes the record: a patient in a set will do.
    await new DatasetRecords(running.store, name).updateCatalog((catalog) => ({ ...catalog, split: { 1: 'train' } }));
  }

  async function atTraining(round: number): Promise<void> {
    await expect
      .poll(() => campaigns.round(dataset), { timeout: 20_000 })
      .toMatchObject({ round, stage: 'train', done: 0, total: 1 });
    await expect.poll(() => training, { timeout: 20_000 }).not.toBeNull();
  }

  function train({ round }: { round: number }): Promise<unknown> {
    const file = { digest: MODEL, bytes: 1 };
    const files = { onnx: file, card: file, weights: file, curves: file };
    const model = { model: MODEL, ...files, trainer: 'iis', preset: 'demo', round, version: VERSION, evaluations: [] };
    return new Promise<unknown>((resolve, reject) => {
      training = { finish: () => resolve(model), fail: reject };
    }).finally(() => (training = null));
  }

  function ledger() {
    const nothing = { count: 0, detected: 0, dice: null, asdMm: null };
    const scores: Scores = { vertebra: nothing, disc: nothing, canal: nothing, meanDice: 0.5 };
    const evaluation: Evaluation = {
      ...{ version: VERSION, model: MODEL, patients: 1, series: 1 },
      scores,
      details: { digest: VERSION, bytes: 1 },
    };
    return {
      planPropagation: async () => [],
      acceptOutcomes: async () => undefined,
      splitPatients: async () => undefined,
      publishVersion: async () => VERSION,
      registerModel: async () => undefined,
      servingModel: async () => null,
      planEvaluation: async () => ({ known: evaluation }),
      recordDecision: async ({ decision }: { decision: unknown }) => decision,
      planSegmentation: async () => ({ items: [], model: {} }),
      async recordRound(input: { dataset: string; report: Omit<RoundReport, 'remaining' | 'stop'> }) {
        const report: RoundReport = { ...input.report, remaining: 3, stop: null };
        await new DatasetRecords(running.store, input.dataset).recordRound(report);
        return report;
      },
    };
  }
});

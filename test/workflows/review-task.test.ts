import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeVolume } from '../../activities/ingest.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { workflowId } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import type { ReviewInput, SubmitRequest, SubmitResult, TaskView, Verdict } from '../../core/review.ts';
import type { Mask } from '../../core/volume.ts';
import { blockPatients } from '../support/block-cohort.ts';
import { bundleWorkflows, quietRuntime, startLoopWorkers } from '../support/loop-workers.ts';
import { startTemporal, type RunningTemporal } from '../support/temporal.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

/** The human step by itself: every branch, with the real gates, store and server. */
describe('a review task', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-review-'));
  const { series, image, truth } = blockPatients(1)[1]!;
  let temporal: RunningTemporal;
  let s3: RunningVersitygw;
  let store: ObjectStore;
  let bundle: Awaited<ReturnType<typeof bundleWorkflows>>;
  let workers: { stop(): Promise<void> };
  let input: ReviewInput;
  let count = 0;

  beforeAll(async () => {
    quietRuntime();
    [temporal, s3, bundle] = await Promise.all([startTemporal(), startVersitygw(folder), bundleWorkflows()]);
    store = openObjectStore({ ...s3, region: 'us-east-1', bucket: 'spindle' });
    await store.ensureBucket();
    workers = await startLoopWorkers(temporal, store, bundle);
    input = {
      task: `blocks/1/${series}`,
      series,
      round: 1,
      kind: 'proposal',
      image: await storeVolume({ store }, image),
      // What the model made of it: disc 202 is missing.
      proposal: await storeVolume({ store }, without(202)),
      modelDigest: 'a'.repeat(64),
      doubt: 0.5,
      structures: [],
      gates: [],
      leaseMs: 60_000,
    };
  });
  afterAll(async () => {
    await workers?.stop();
    store?.close();
    await Promise.all([temporal?.remove(), s3?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  function without(label: number): Mask {
    return { ...truth, voxels: truth.voxels.map((value) => (value === label ? 0 : value)) };
  }

  async function opened(changes: Partial<ReviewInput> = {}) {
    const task = `blocks/${++count}/${series}`;
    const handle = await temporal.client.workflow.start('reviewTask', {
      workflowId: workflowId.review(task),
      taskQueue: QUEUE.orchestrate,
      args: [{ ...input, task, ...changes }],
    });
    return { task, handle };
  }

  const claim = (handle: WorkflowHandle, reviewer: string) =>
    handle.executeUpdate<TaskView, [object]>('claim', { args: [{ reviewer }] });
  const submit = (handle: WorkflowHandle, verdict: Verdict, changes: Partial<SubmitRequest> = {}) =>
    handle.executeUpdate<SubmitResult, [SubmitRequest]>('submit', {
      args: [{ reviewer: 'anna', baseDigest: input.proposal.digest, minutes: 3, verdict, ...changes }],
    });
  const shown = (handle: WorkflowHandle) => handle.query<TaskView>('task');
  const events = async (handle: WorkflowHandle) => (await shown(handle)).history.map(({ event }) => event);
  const uploaded = async (task: string, mask: Mask) => store.putUpload(task, await encodeMha(mask));

  async function refusal(attempt: Promise<unknown>): Promise<string> {
    const error = await attempt.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
    return ((error as Error).cause as Error).message;
  }

  it('goes to one of two who claim it', async () => {
    const { handle } = await opened();
    const claims = await Promise.allSettled([claim(handle, 'anna'), claim(handle, 'bert')]);
    expect(claims.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const { reviewer } = await shown(handle);
    const other = reviewer === 'anna' ? 'bert' : 'anna';
    expect(await refusal(claim(handle, other))).toBe(`claimed by ${reviewer}`);
    await claim(handle, reviewer!); // renews
    expect(await events(handle)).toEqual(['queued', 'claimed']);
  });

  it('ends with the correction as the reference, and gives a repeated submit the same answer', async () => {
    const { task, handle } = await opened();
    expect(await refusal(submit(handle, { verdict: 'accept' }))).toMatch(/^nobody holds this task/);
    await claim(handle, 'anna');
    const verdict: Verdict = { verdict: 'correct', upload: await uploaded(task, truth) };
    const answers = await Promise.all([submit(handle, verdict), submit(handle, verdict)]);
    expect(answers[0]).toMatchObject({ outcome: 'accepted' });
    expect(answers[1]).toEqual(answers[0]);
    expect((await events(handle)).filter((event) => event === 'submitted')).toHaveLength(1);
    const outcome = (await handle.result()) as { reference: object };
    const voxelsChanged = truth.voxels.filter((label) => label === 202).length;
    expect(outcome).toMatchObject({
      outcome: 'accepted',
      reference: { origin: 'corrected', base: 'proposal', reviewer: 'anna', minutes: 3, voxelsChanged, round: 1 },
    });
    expect((await shown(handle)).state).toBe('accepted');
  });

  it('comes back with the gates as reasons, work kept, until a mask passes', async () => {
    const { task, handle } = await opened();
    await claim(handle, 'anna');
    const wrong: Mask = { ...truth, voxels: truth.voxels.map((label) => (label === 100 ? 99 : label)) };
    const elsewhere: Mask = { ...truth, grid: { ...truth.grid, spacingMm: [1, 1, 1] } };
    const attempts: [Verdict, string][] = [
      [{ verdict: 'correct', upload: await uploaded(task, wrong) }, 'known-labels'],
      [{ verdict: 'correct', upload: await uploaded(task, elsewhere) }, 'same-grid'],
      [{ verdict: 'correct', upload: await store.putUpload(task, Buffer.from('not a volume')) }, 'readable'],
      [{ verdict: 'correct', upload: { digest: 'f'.repeat(64), bytes: 9 } }, 'uploaded'],
    ];
    for (const [verdict, gate] of attempts) {
      const { outcome, gates } = await submit(handle, verdict);
      expect({ outcome, gate: gates[0]?.gate }).toEqual({ outcome: 'refused', gate });
      expect(await shown(handle)).toMatchObject({ state: 'claimed', reviewer: 'anna' });
    }
    const first = attempts[0]![0] as Extract<Verdict, { verdict: 'correct' }>;
    expect((await store.getUpload(task, first.upload.digest)).length).toBe(first.upload.bytes);
    await submit(handle, { verdict: 'correct', upload: await uploaded(task, truth) });
    expect((await events(handle)).filter((event) => event === 'refused')).toHaveLength(4);
  });

  it('takes only the classes a reviewer answers for', async () => {
    const { task, handle } = await opened();
    await claim(handle, 'anna');
    const upload = await uploaded(task, truth);
    await submit(handle, { verdict: 'correct', upload, annotatedClasses: ['disc'] });
    const labels = [201, 202, 203, 204];
    expect(await handle.result()).toMatchObject({ reference: { labels, annotatedClasses: ['disc'] } });
  });

  it('refuses a verdict on another proposal, and one by somebody else', async () => {
    const { handle } = await opened();
    await claim(handle, 'anna');
    expect(await refusal(submit(handle, { verdict: 'accept' }, { baseDigest: 'b'.repeat(64) }))).toMatch(
      /^the verdict is on proposal bbbbbbbbbbbb/,
    );
    expect(await refusal(submit(handle, { verdict: 'accept' }, { reviewer: 'bert' }))).toBe('claimed by anna');
    await submit(handle, { verdict: 'exclude', reason: 'motion' });
    expect(await handle.result()).toMatchObject({
      outcome: 'excluded',
      series,
      reason: 'motion',
      entry: { task: expect.stringMatching(/^blocks\//) as string, outcome: 'excluded', reviewer: 'anna' },
    });
  });

  it('goes back to the queue when a lease lapses, and an answer that comes late is told so', async () => {
    const { handle } = await opened({ leaseMs: 300 });
    await claim(handle, 'anna');
    while ((await shown(handle)).state !== 'queued') await sleep(50);
    expect(await refusal(submit(handle, { verdict: 'accept' }))).toMatch(/a claim may have lapsed/);
    expect(await events(handle)).toEqual(['queued', 'claimed', 'lease-lapsed']);
    await claim(handle, 'bert');
  });

  it('waits through the end of its worker and of the server', async () => {
    const { handle } = await opened();
    await claim(handle, 'anna');
    await workers.stop();
    await temporal.stopServer();
    await temporal.startServer();
    workers = await startLoopWorkers(temporal, store, bundle);
    expect(await shown(handle)).toMatchObject({ state: 'claimed', reviewer: 'anna' });
    expect(await submit(handle, { verdict: 'accept' })).toMatchObject({ outcome: 'accepted' });
    expect(await handle.result()).toMatchObject({ reference: { origin: 'accepted', voxelsChanged: 0 } });
  });
});

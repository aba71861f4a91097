import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeVolume } from '../../activities/ingest.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import type { TaskService } from '../../client/tasks.ts';
import { workflowId } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import { FiledReview } from '../../core/review-records.ts';
import { maySee } from '../../core/review-sight.ts';
import type { ReviewInput, ReviewOutcome, SubmitResult, Verdict } from '../../core/review.ts';
import type { Mask } from '../../core/volume.ts';
import { blockPatients } from '../support/block-cohort.ts';
import { bundleWorkflows, quietRuntime, startLoopWorkers } from '../support/loop-workers.ts';
import { startTemporal, type RunningTemporal } from '../support/temporal.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

/** What can happen to a task beside one reviewer's verdict, through the task service, with the real gates, store and server. */
describe('a review task among several people', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-life-'));
  const { series, image, truth } = blockPatients(1)[1]!;
  let temporal: RunningTemporal;
  let s3: RunningVersitygw;
  let store: ObjectStore;
  let tasks: TaskService;
  let workers: { stop(): Promise<void> };
  let input: ReviewInput;
  let count = 0;

  beforeAll(async () => {
    quietRuntime();
    const [server, gateway, bundle] = await Promise.all([startTemporal(), startVersitygw(folder), bundleWorkflows()]);
    [temporal, s3] = [server, gateway];
    store = openObjectStore({ ...s3, region: 'us-east-1', bucket: 'spindle' });
    await store.ensureBucket();
    workers = await startLoopWorkers(temporal, store, bundle);
    tasks = createTaskService({ client: temporal.client, store });
    input = {
      task: `blocks/1/${series}`,
      series,
      round: 1,
      kind: 'proposal',
      image: await storeVolume({ store }, image),
      proposal: await storeVolume({ store }, without(202)),
      modelDigest: 'a'.repeat(64),
      doubt: 0.5,
      structures: [],
      gates: [],
      leaseMs: 60_000,
      size: [24, 30, 41],
    };
  });
  afterAll(async () => {
    await workers?.stop();
    store?.close();
    await Promise.all([temporal?.remove(), s3?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  function without(...labels: number[]): Mask {
    return { ...truth, voxels: truth.voxels.map((value) => (labels.includes(value) ? 0 : value)) };
  }

  async function opened(changes: Partial<ReviewInput> = {}, suffix = '') {
    const task = `blocks/${suffix === '' ? ++count : count}/${series}${suffix}`;
    const handle = await temporal.client.workflow.start('reviewTask', {
      workflowId: workflowId.review(task),
      taskQueue: QUEUE.orchestrate,
      args: [{ ...input, task, ...changes }],
    });
    return { task, result: () => handle.result() as Promise<ReviewOutcome> };
  }

  const claim = (task: string, reviewer: string, role?: 'annotator' | 'radiologist') =>
    tasks.claim(task, { reviewer, ...(role && { role }) });
  async function submit(task: string, reviewer: string, verdict: Verdict, minutes = 3): Promise<SubmitResult> {
    const { proposal } = await tasks.show(task);
    return tasks.submit(task, { reviewer, baseDigest: proposal.digest, minutes, verdict });
  }
  const correction = async (task: string, mask: Mask): Promise<Verdict> => ({
    verdict: 'correct',
    upload: await tasks.upload(task, await encodeMha(mask)),
  });
  const conflict = (words: RegExp) => ({ name: 'TaskConflictError', message: expect.stringMatching(words) as string });

  it('goes to a senior, back to its author with a reason, and is accepted with the minutes of both', async () => {
    const { task, result } = await opened({ secondRead: 'lot' });
    await claim(task, 'ada', 'annotator');
    const first = await correction(task, without(201, 202));
    expect(await submit(task, 'ada', first, 5)).toMatchObject({ outcome: 'second-read' });
    await expect(claim(task, 'ada', 'radiologist')).rejects.toMatchObject(conflict(/ada has read this series already/));
    await expect(claim(task, 'bob', 'annotator')).rejects.toMatchObject(
      conflict(/a senior reads it next \(a radiologist or a lead or an admin\), not an annotator/),
    );
    await expect(claim(task, 'bob')).rejects.toMatchObject(conflict(/not somebody without a role/));

    const shown = await claim(task, 'eve', 'radiologist');
    expect(shown.proposal.digest).toBe(shown.masks![0]!.mask.digest);
    const back: Verdict = { verdict: 'send-back', reason: 'disc 202 is missing' };
    expect(await submit(task, 'eve', back, 1)).toMatchObject({ outcome: 'sent-back' });
    expect(await tasks.show(task)).toMatchObject({ state: 'sent-back', assignee: 'ada', sentBackBecause: back.reason });
    await expect(claim(task, 'bob')).rejects.toMatchObject(conflict(/assigned to ada/));

    await claim(task, 'ada');
    expect(await submit(task, 'ada', await correction(task, truth), 2)).toMatchObject({ outcome: 'second-read' });
    await claim(task, 'eve', 'radiologist');
    const answers = await Promise.all([
      submit(task, 'eve', { verdict: 'accept' }, 1),
      submit(task, 'eve', { verdict: 'accept' }, 1),
    ]);
    expect(answers.map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted']);
    const outcome = await result();
    // 5 and 2 of the author, 1 and 1 of the senior; held against the proposal, which lacks disc 202 alone.
    const disc = truth.voxels.filter((label) => label === 202).length;
    expect(outcome).toMatchObject({
      outcome: 'accepted',
      reference: {
        reviewer: 'ada',
        minutes: 9,
        voxelsChanged: disc,
        base: 'proposal',
        baseDigest: input.proposal.digest,
      },
      readers: ['ada', 'eve'],
    });
    const { task: filed } = await store.getJson(outcome.entry!.record.digest, FiledReview);
    const below = truth.voxels.filter((label) => label === 201).length;
    expect(filed.masks!.map(({ by, minutes, structures }) => [by, minutes, structures])).toEqual([
      ['ada', 5, [{ before: 201, after: null, voxelsChanged: below }]],
      [
        'ada',
        2,
        [
          { before: null, after: 201, voxelsChanged: below },
          { before: null, after: 202, voxelsChanged: disc },
        ],
      ],
    ]);
    expect(filed.masks![1]!.baseDigest).toBe(filed.masks![0]!.mask.digest);
  });

  it('has nobody to send it back to in a first read', async () => {
    const { task } = await opened();
    await claim(task, 'ada');
    await expect(submit(task, 'ada', { verdict: 'send-back', reason: 'no good' })).rejects.toMatchObject(
      conflict(/nobody to send it back to/),
    );
  });

  it('is escalated when nobody answers, and is the lead’s then', async () => {
    const { task } = await opened({ answerWithinMs: 400, escalateTo: 'lena' });
    await expect.poll(async () => (await tasks.show(task)).flags, { timeout: 20_000 }).toEqual(['escalated']);
    await expect(claim(task, 'ada')).rejects.toMatchObject(conflict(/assigned to lena/));
    await expect
      .poll(async () => (await tasks.list({ dataset: 'blocks' })).find((row) => row.task === task), { timeout: 20_000 })
      .toMatchObject({ assignee: 'lena', flags: ['escalated'] });
    await claim(task, 'lena');
  });

  it('is given back, paused, reassigned and commented on; twice is once', async () => {
    const { task } = await opened({ demands: { skills: ['scoliosis'] } });
    await expect(claim(task, 'ada')).rejects.toMatchObject(conflict(/it asks for scoliosis/));
    await tasks.claim(task, { reviewer: 'ada', skills: ['scoliosis'] });
    await expect(tasks.move(task, { move: 'release', by: 'bob' })).rejects.toMatchObject(
      conflict(/bob does not hold it/),
    );
    await tasks.move(task, { move: 'release', by: 'ada' });
    await tasks.move(task, { move: 'pause', by: 'lena', role: 'lead', reason: 'wait for the protocol' });
    await tasks.move(task, { move: 'pause', by: 'lena', role: 'lead' });
    await expect(tasks.claim(task, { reviewer: 'ada', skills: ['scoliosis'] })).rejects.toMatchObject(
      conflict(/paused/),
    );
    await expect(tasks.move(task, { move: 'resume', by: 'ada', role: 'annotator' })).rejects.toMatchObject(
      conflict(/a lead may resume it/),
    );
    await tasks.move(task, { move: 'resume', by: 'lena' });
    await tasks.move(task, { move: 'reassign', by: 'lena', to: 'bob' });
    await expect(tasks.claim(task, { reviewer: 'ada', skills: ['scoliosis'] })).rejects.toMatchObject(
      conflict(/for|to bob/),
    );
    const said = { move: 'comment', by: 'bob', voxel: [3, 4, 5], text: '<img src=x onerror=alert(1)>' } as const;
    await Promise.all([
      tasks.move(task, { ...said, voxel: [3, 4, 5] }),
      tasks.move(task, { ...said, voxel: [3, 4, 5] }),
    ]);
    await expect(tasks.move(task, { ...said, voxel: [24, 0, 0] })).rejects.toMatchObject(
      conflict(/outside the volume/),
    );
    const { history, comments } = await tasks.show(task);
    expect(comments!.map(({ by, text }) => [by, text])).toEqual([['bob', said.text]]);
    expect(history.map(({ event }) => event)).toEqual([
      'queued',
      'claimed',
      'released',
      'paused',
      'resumed',
      'reassigned',
    ]);
  });

  it('keeps one person from having both of two reads, and each reader from the other’s', async () => {
    const [own, other] = [`blocks/${count + 1}/${series}`, `blocks/${count + 1}/${series}.blind`];
    await opened({ independentOf: [other] });
    const empty = await storeVolume({ store }, { ...truth, voxels: new Int16Array(truth.voxels.length) });
    await opened({ kind: 'blind', proposal: empty, modelDigest: null, independentOf: [own] }, '.blind');
    expect(maySee(await tasks.show(own), { name: 'ada', role: 'lead' })).toBe(false);
    await claim(own, 'ada');
    await expect
      .poll(() =>
        claim(other, 'ada').then(
          () => '',
          (e: Error) => e.message,
        ),
      )
      .toMatch(/ada has read this/);
    await claim(other, 'bob');
    expect(maySee(await tasks.show(own), { name: 'ada' })).toBe(true);
    expect(maySee(await tasks.show(own), { name: 'bob' })).toBe(false);
    expect(maySee(await tasks.show(other), { name: 'ada' })).toBe(false);
    expect(maySee(await tasks.show(other), { name: 'bob' })).toBe(true);
    await submit(own, 'ada', { verdict: 'accept' });
    expect(maySee(await tasks.show(own), { name: 'bob' })).toBe(false);
    // Nothing but the proposal is empty: an accept of it is refused by the gates.
    expect(await submit(other, 'bob', { verdict: 'accept' })).toMatchObject({ outcome: 'refused' });
    await submit(other, 'bob', await correction(other, truth));
    expect(maySee(await tasks.show(own), { name: 'bob' })).toBe(true);
  });

  it('takes a drawing back from whoever claims both at once', async () => {
    const [own, other] = [`blocks/${count + 1}/${series}`, `blocks/${count + 1}/${series}.second`];
    await opened({ independentOf: [other] });
    await opened({ independentOf: [own] }, '.second');
    await Promise.allSettled([claim(own, 'ada'), claim(other, 'ada')]);
    for (let tries = 0; tries < 100 && (await tasks.show(other)).state === 'claimed'; tries++) await sleep(50);
    const states = [await tasks.show(own), await tasks.show(other)].map(({ state, reviewer }) => [state, reviewer]);
    // Whichever claim was faster: never both.
    expect(states.filter(([state]) => state === 'claimed').length).toBeLessThanOrEqual(1);
    await claim(states[0]![0] === 'claimed' ? other : own, 'bob');
  });
});

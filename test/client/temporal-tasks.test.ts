import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReviewLedgerActivities } from '../../activities/review-ledger.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { sha256 } from '../../adapters/volume.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import type { TaskChanges, TaskService } from '../../client/tasks.ts';
import type { Reference, StoredVolume } from '../../core/catalog.ts';
import { taskId, workflowId, type TaskId } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import type { ReviewInput, SubmitRequest, SubmitResult } from '../../core/review.ts';
import { smallSeries } from './small-dataset.ts';
import { startTemporalAndStore, type Running } from './temporal-worker.ts';

// The real workflow on a real Temporal and a real S3; only the gates are played, since they are imaging's work.
describe('the task service', () => {
  let running: Running;
  let tasks: TaskService & TaskChanges;
  let image: StoredVolume;
  let proposal: StoredVolume;
  const text = (words: string) => new TextEncoder().encode(words);
  const doubtful = taskId('spider', 2, '7_t2');

  beforeAll(async () => {
    running = await startTemporalAndStore();
    const { client, store } = running;
    image = { ...(await store.putObject(text('an image'))), voxelDigest: 'a'.repeat(64) };
    proposal = { ...(await store.putObject(text('a proposal'))), voxelDigest: 'b'.repeat(64) };
    await running.work(QUEUE.orchestrate, 'workflows/review-task.ts', createReviewLedgerActivities({ store }));
    await running.work(QUEUE.imaging, null, { checkVerdict });
    tasks = createTaskService({ client, store });
    await open(taskId('spider', 2, '5_t1'), 0.2);
    await open(doubtful, 0.9);
    await open(taskId('spider', 2, '107_t2_SPACE'), 0.5);
    await open(taskId('other', 1, '5_t1'), 0.7);
  });
  afterAll(() => running.stop());

  it('gives the other images of the study, and none of another study', async () => {
    const { store } = running;
    const [t2, space, other] = await Promise.all([
      smallSeries(store, '7_t2', 1),
      smallSeries(store, '7_t2_SPACE', 2),
      smallSeries(store, '5_t1', 3),
    ]);
    await new DatasetRecords(store, 'spider').updateCatalog((catalog) => ({ ...catalog, series: [other, t2, space] }));
    expect(await tasks.companions(doubtful)).toEqual([{ series: '7_t2_SPACE', image: space.image }]);
    expect(sha256(await tasks.companionImage(doubtful, '7_t2_SPACE'))).toBe(space.image.digest);
    await expect(tasks.companionImage(doubtful, '5_t1')).rejects.toMatchObject({ name: 'TaskNotFoundError' });
  });

  it('lists the most doubtful first, by dataset, round and state', async () => {
    const seriesOf = async (filter: Parameters<TaskService['list']>[0]) =>
      (await tasks.list(filter)).map(({ series }) => series);
    // Visibility follows the workflows with a delay.
    await expect.poll(() => seriesOf({}), { timeout: 20_000 }).toEqual(['7_t2', '5_t1', '107_t2_SPACE', '5_t1']);
    expect(await seriesOf({ dataset: 'spider' })).toEqual(['7_t2', '107_t2_SPACE', '5_t1']);
    expect(await seriesOf({ round: 1 })).toEqual(['5_t1']);
    expect(await seriesOf({ dataset: 'spider', round: 3 })).toEqual([]);
    expect(await seriesOf({ state: 'claimed' })).toEqual([]);
    expect((await tasks.list({ dataset: 'other' }))[0]).toEqual({
      task: 'other/1/5_t1',
      series: '5_t1',
      round: 1,
      state: 'queued',
      kind: 'proposal',
      doubt: 0.7,
      reviewer: null,
    });
  });

  it('takes nothing but a dataset name into its query', async () => {
    await expect(tasks.list({ dataset: `x' OR WorkflowId != '` })).rejects.toThrow('expected a dataset name');
  });

  it('knows what it does not have', async () => {
    for (const task of ['spider/9/1_t1', 'nonsense']) {
      await expect(tasks.show(task)).rejects.toMatchObject({ name: 'TaskNotFoundError' });
      await expect(tasks.claim(task, { reviewer: 'ada' })).rejects.toMatchObject({ name: 'TaskNotFoundError' });
      await expect(tasks.upload(task, text('mask'))).rejects.toMatchObject({ name: 'TaskNotFoundError' });
    }
  });

  it('gives the image and the proposal', async () => {
    expect(await tasks.image(doubtful)).toEqual(text('an image'));
    expect(await tasks.proposal(doubtful)).toEqual(text('a proposal'));
  });

  it('gives a task to one of two', async () => {
    expect(await tasks.claim(doubtful, { reviewer: 'ada' })).toMatchObject({ state: 'claimed', reviewer: 'ada' });
    const late = tasks.claim(doubtful, { reviewer: 'bob' });
    await expect(late).rejects.toMatchObject({
      name: 'TaskConflictError',
      message: `task ${doubtful}: claimed by ada`,
    });
    await expect(tasks.submit(doubtful, accept('bob'))).rejects.toMatchObject({ name: 'TaskConflictError' });
    await expect
      .poll(() => tasks.list({ dataset: 'spider', state: 'claimed' }), { timeout: 20_000 })
      .toMatchObject([{ series: '7_t2', reviewer: 'ada' }]);
  });

  it('tells what changed since a mark, and that nothing did', async () => {
    const { rows, mark } = await tasks.changes();
    expect(rows.map(({ series }) => series)).toContain('5_t1');
    const before = Date.now();
    expect(mark).toBeGreaterThan(before - 10 * 60_000);
    expect(mark).toBeLessThan(before);
    expect(await tasks.changes(before + 60_000)).toEqual({ rows: [] });
    await tasks.claim(doubtful, { reviewer: 'ada' }); // renewed
    await expect
      .poll(async () => (await tasks.changes(before - 1)).rows.map(({ task }) => task), { timeout: 20_000 })
      .toEqual([doubtful]);
  });

  it('says of a read that was moved how the other one stands, as it does of one that is shown', async () => {
    const [own, other] = [taskId('other', 2, '5_t1'), taskId('other', 2, '7_t2')];
    await open(other, 0.1);
    await open(own, 0.1, { independentOf: [other] });
    await tasks.claim(other, { reviewer: 'bob' });
    const siblings = [{ task: other, state: 'claimed', readers: ['bob'] }];
    expect(await tasks.move(own, { move: 'pin', by: 'leo', role: 'lead' })).toMatchObject({ siblings });
    expect(await tasks.show(own)).toMatchObject({ siblings });
  });

  it('renews the claim of its holder', async () => {
    const before = (await tasks.show(doubtful)).leaseUntil!;
    const after = (await tasks.claim(doubtful, { reviewer: 'ada' })).leaseUntil!;
    expect(after > before).toBe(true);
  });

  it('refuses a correction that was not uploaded', async () => {
    const request = correct('ada', { digest: 'c'.repeat(64), bytes: 4 });
    await expect(tasks.submit(doubtful, request)).rejects.toThrow('expected a mask that was uploaded before');
  });

  it('leaves a refused correction with its reviewer, and checks it anew when it comes again', async () => {
    const request = correct('ada', await tasks.upload(doubtful, text('a bad mask')));
    for (const times of [1, 2]) {
      expect(await tasks.submit(doubtful, request)).toMatchObject({ outcome: 'refused' });
      const { state, history } = await tasks.show(doubtful);
      expect(state).toBe('claimed');
      expect(history.filter(({ event }) => event === 'refused')).toHaveLength(times);
    }
  });

  it('takes a correction once, however often it is sent', async () => {
    const request = correct('ada', await tasks.upload(doubtful, text('a good mask')));
    const accepted: SubmitResult = { outcome: 'accepted', gates: [] };
    expect(await Promise.all([tasks.submit(doubtful, request), tasks.submit(doubtful, request)])).toEqual([
      accepted,
      accepted,
    ]);
    await running.client.workflow.getHandle(workflowId.review(doubtful)).result();
    expect(await tasks.submit(doubtful, request)).toEqual(accepted);
    const { history } = await tasks.show(doubtful);
    expect(history.filter(({ event }) => event === 'accepted')).toHaveLength(1);
  });

  it('refuses what comes after the end, and still shows the task', async () => {
    expect(await tasks.show(doubtful)).toMatchObject({ state: 'accepted', reviewer: 'ada' });
    const conflict = { name: 'TaskConflictError', message: `task ${doubtful}: already accepted` };
    await expect(tasks.claim(doubtful, { reviewer: 'bob' })).rejects.toMatchObject(conflict);
    await expect(tasks.submit(doubtful, accept('ada'))).rejects.toMatchObject(conflict);
    await expect(tasks.upload(doubtful, text('late'))).rejects.toMatchObject(conflict);
    await expect
      .poll(() => tasks.list({ state: 'accepted' }), { timeout: 20_000 })
      .toMatchObject([{ task: doubtful, state: 'accepted' }]);
  });

  async function open(task: TaskId, doubt: number, extra: Partial<ReviewInput> = {}): Promise<void> {
    const input: ReviewInput = {
      task,
      series: task.split('/')[2]!,
      round: Number(task.split('/')[1]),
      kind: 'proposal',
      image,
      proposal,
      modelDigest: 'd'.repeat(64),
      doubt,
      structures: [],
      gates: [],
      leaseMs: 600_000,
      ...extra,
    };
    const options = { workflowId: workflowId.review(task), taskQueue: QUEUE.orchestrate, args: [input] };
    await running.client.workflow.start('reviewTask', options);
  }

  function accept(reviewer: string): SubmitRequest {
    return { reviewer, baseDigest: proposal.digest, minutes: 1, verdict: { verdict: 'accept' } };
  }

  function correct(reviewer: string, upload: { digest: string; bytes: number }): SubmitRequest {
    return { reviewer, baseDigest: proposal.digest, minutes: 3, verdict: { verdict: 'correct', upload } };
  }

  /** Stands in for the gates: `a bad mask` is refused. */
  async function checkVerdict({ input, request }: { input: ReviewInput; request: SubmitRequest }) {
    const { verdict } = request;
    if (verdict.verdict !== 'correct') throw new Error('only corrections come this far');
    const mask = await running.store.getUpload(input.task, verdict.upload.digest);
    if (new TextDecoder().decode(mask) === 'a bad mask') {
      const gate = { gate: 'same-grid', severity: 'refuse', passed: false, measured: '', expected: '', labels: [] };
      return { result: { outcome: 'refused', gates: [gate] }, reference: null };
    }
    return { result: { outcome: 'accepted', gates: [] }, reference: referenceOf(request) };
  }

  function referenceOf({ reviewer, minutes }: SubmitRequest): Reference {
    return {
      mask: proposal,
      origin: 'corrected',
      base: 'proposal',
      baseDigest: proposal.digest,
      modelDigest: 'd'.repeat(64),
      round: 2,
      reviewer,
      minutes,
      voxelsChanged: 3,
      diceToBase: 0.9,
      labels: [1],
      incompleteVertebrae: [],
      annotatedClasses: ['vertebra'],
    };
  }
});

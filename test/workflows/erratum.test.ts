import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { ErratumRecords } from '../../adapters/erratum-records.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { decodeMha, encodeMha } from '../../adapters/volume.ts';
import { createErrataDesk } from '../../client/errata/desk.ts';
import { closeErratum, fileErratum, showErratum } from '../../client/errata/errata.ts';
import { reproductionResult, startReproduction } from '../../client/reproductions.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import { verifyChain } from '../../client/version-chain.ts';
import { diffVersions } from '../../client/version-diff.ts';
import { versionLog } from '../../client/version-log.ts';
import type { TaskService } from '../../client/tasks.ts';
import { ErratumReport } from '../../core/erratum.ts';
import { PublicReport } from '../../core/erratum-report.ts';
import { parseTaskId, workflowId, type Digest } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import type { Verdict } from '../../core/review.ts';
import { blockModel, blockPatients, uploadBlocks } from '../support/block-cohort.ts';
import { bundleWorkflows, quietRuntime, startLoopWorkers } from '../support/loop-workers.ts';
import { startTemporal, type RunningTemporal } from '../support/temporal.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

const DATASET = 'blocks';
const [SERIES, OTHER] = ['1_t2_SPACE', '2_t2_SPACE'] as const;

/** Errata from the report to the patch version, with a real Temporal and S3. */
describe('errata', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-errata-'));
  let temporal: RunningTemporal;
  let s3: RunningVersitygw;
  let store: ObjectStore;
  let workers: { stop(): Promise<void> };
  let records: DatasetRecords;
  let errata: ErratumRecords;
  let tasks: TaskService;
  let first: Digest;
  let fixed: Digest;

  beforeAll(async () => {
    quietRuntime();
    [temporal, s3] = await Promise.all([startTemporal(), startVersitygw(folder)]);
    store = openObjectStore({ ...s3, region: 'us-east-1', bucket: 'spindle' });
    await store.ensureBucket();
    [records, errata] = [new DatasetRecords(store, DATASET), new ErratumRecords(store, DATASET)];
    workers = await startLoopWorkers(temporal, store, await bundleWorkflows());
    const { client } = temporal;
    tasks = createTaskService({ client, store });
    const ingest = await uploadBlocks(store, DATASET, blockPatients(2));
    const started = { taskQueue: QUEUE.orchestrate };
    await client.workflow.execute('ingestCohort', { ...started, workflowId: 'ingest', args: [ingest] });
    const publish = { dataset: DATASET, round: 1, stage: 'round', validationShare: 0.5, seed: 1 };
    first = await client.workflow.execute('publishVersion', { ...started, workflowId: 'publish', args: [publish] });
    const model = await blockModel({ store }, { dataset: DATASET, version: first, round: 1 } as never);
    await records.updateModels((registry) => ({ ...registry, champion: model.model, models: [model] }));
  });
  afterAll(async () => {
    await workers?.stop();
    store?.close();
    await Promise.all([temporal?.remove(), s3?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const file = (series: string, text: string, label: number | null = null, version = first) =>
    fileErratum({ client: temporal.client, store }, DATASET, version, ErratumReport.parse({ series, label, text }));
  const inReview = async (id: string) => {
    await expect.poll(async () => (await errata.read(id))!.task, { timeout: 20_000 }).not.toBeNull();
    const task = (await errata.read(id))!.task!;
    await expect
      .poll(
        () =>
          tasks.show(task).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
    return task;
  };
  const answer = async (task: string, verdict: Verdict) => {
    const { proposal } = await tasks.claim(task, { reviewer: 'ada' });
    return tasks.submit(task, { reviewer: 'ada', baseDigest: proposal.digest, minutes: 3, verdict });
  };
  const end = (series: string) => temporal.client.workflow.getHandle(workflowId.erratum(DATASET, series)).result();
  const current = async (series: string) => (await records.catalog()).series.find((each) => each.series === series)!;

  it('are filed once, whoever says it, and refused for a series that is not there', async () => {
    const one = await file(SERIES, 'Disc is swallowed.', 202);
    const [again, other] = await Promise.all([
      file(SERIES, 'disc  is swallowed', 202),
      fileErratum({ client: temporal.client, store }, DATASET, first, {
        ...{ series: SERIES, label: 202, text: 'disc is swallowed' },
        reporter: 'someone@example.org',
      }),
    ]);
    expect([one.already, again.already, other.already]).toEqual([false, true, true]);
    expect(other.reporterLeftOut).toBe(true);
    expect(new Set([one, again, other].map(({ erratum }) => erratum.id)).size).toBe(1);
    expect(await errata.all()).toHaveLength(1);
    expect(JSON.stringify(await errata.all())).not.toContain('example.org');
    await expect(file('1_t1', 'no mask here')).rejects.toThrow('a series of version');
  });

  it('open a review of the reference itself, which says what is wrong', async () => {
    const [erratum] = await errata.all();
    const task = await inReview(erratum!.id);
    expect(parseTaskId(task)).toMatchObject({ series: SERIES, round: 90_001 });
    const view = await tasks.show(task);
    expect(view).toMatchObject({ kind: 'erratum', doubt: 1, modelDigest: null, state: 'queued' });
    expect(view.proposal).toEqual((await current(SERIES)).reference!.mask);
    expect(view.gates).toContainEqual(
      expect.objectContaining({ gate: `erratum ${erratum!.id}`, measured: 'Disc is swallowed.', labels: [202] }),
    );
    expect(view.structures.filter(({ doubt }) => doubt === 1).map(({ label }) => label)).toEqual([202]);
  });

  it('are fixed by a patch version that changes nothing else, and names what the mask has touched', async () => {
    const before = await store.getVersion(DATASET, first);
    // Meanwhile the catalog has gained a reference, which a patch has no business with.
    const { reference } = await current(SERIES);
    await records.updateCatalog((catalog) => ({
      ...catalog,
      series: catalog.series.map((each) => (each.series === '1_t2' ? { ...each, reference } : each)),
    }));
    const [erratum] = await errata.all();
    const task = await inReview(erratum!.id);
    const shown = await decodeMha(await tasks.proposal(task), 'proposal');
    const voxels = shown.voxels.slice();
    voxels[voxels.indexOf(202)] = 0;
    const upload = await tasks.upload(task, await encodeMha({ ...shown, voxels }));
    // Only the discs are answered for: the other classes stay as they were.
    const verdict: Verdict = { verdict: 'correct', upload, annotatedClasses: ['disc'] };
    expect(await answer(task, verdict)).toMatchObject({ outcome: 'accepted' });
    const result = (await end(SERIES)) as { versions: Digest[]; settled: number };
    fixed = (await records.mainVersion())!;
    expect(result).toEqual({ versions: [fixed], settled: 1 });

    const after = await store.getVersion(DATASET, fixed);
    const { id, series, label, text } = erratum!;
    expect(after).toMatchObject({ parent: first, split: before.split, errata: [{ id, series, label, text }] });
    expect(after.series.map((each) => each.series)).toEqual(before.series.map((each) => each.series));
    const [mended, was] = [after, before].map((manifest) => manifest.series.find((each) => each.series === SERIES)!);
    expect(mended!.reference).toMatchObject({
      ...{ origin: 'corrected', base: 'reference', baseDigest: was!.reference.mask.digest, modelDigest: null },
      ...{ reviewer: 'ada', minutes: 3, voxelsChanged: 1, labels: was!.reference.labels },
      annotatedClasses: was!.reference.annotatedClasses,
    });
    const others = (manifest: typeof after) => manifest.series.filter((each) => each.series !== SERIES);
    expect(others(after)).toEqual(others(before));
    const stored = await decodeMha(await store.getObject(mended!.reference.mask.digest), 'mask');
    expect(stored.voxels).toEqual(voxels);

    const settled = await showErratum(store, DATASET, id.slice(0, 6));
    expect(settled).toMatchObject({ state: 'fixed', outcome: { version: fixed, reviewer: 'ada', voxelsChanged: 1 } });
    const set = before.split['1'];
    const [model] = (await records.models()).models;
    const trained = { model: model!.model, version: first, how: 'trained', serves: true };
    expect(settled.affected).toEqual({
      versions: [{ version: first, set }],
      models: set === 'train' ? [trained] : [],
      evaluations: [],
    });
    expect(settled.outcome!.affected).toEqual(settled.affected);
  });

  it('are told by log and diff, kept by the chain, and reproduced', async () => {
    const [newest] = await versionLog(store, DATASET);
    expect(newest!.changes[0]).toMatch(
      /^mends erratum [0-9a-f]{12}: 1_t2_SPACE, L4\/L5 disc \(202\): Disc is swallowed\.$/,
    );
    const diff = await diffVersions(store, DATASET, [first, fixed]);
    expect(diff.changed.map(({ series }) => series)).toEqual([SERIES]);
    expect(diff.errata).toMatchObject([{ series: SERIES, label: 202 }]);
    expect((await diffVersions(store, DATASET, [fixed, first])).errata).toEqual([]);
    expect(await verifyChain(store, DATASET, fixed)).toMatchObject({ root: first, findings: [] });
    const { client } = temporal;
    const again = await startReproduction(client, { dataset: DATASET, version: fixed, window: 2, models: false });
    expect(await reproductionResult(client, again.workflow)).toMatchObject({ allEqual: true, findings: [] });
  });

  it('are unfounded when the reviewer finds the mask right; several of a series share a task', async () => {
    const one = await file(OTHER, 'looks odd', 1);
    await file(OTHER, 'the canal is open', 100);
    const task = await inReview(one.erratum.id);
    // The second came while the first was being opened, or after: then it has the next task.
    await answer(task, { verdict: 'accept' });
    const states = async () => (await errata.of(OTHER)).map(({ state }) => state);
    await expect
      .poll(
        async () => {
          const next = (await errata.of(OTHER)).find(({ state }) => state === 'in-review')?.task;
          if (next) await answer(next, { verdict: 'accept' }).catch(() => undefined);
          return states();
        },
        { timeout: 30_000, interval: 500 },
      )
      .toEqual(['unfounded', 'unfounded']);
    await end(OTHER);
    expect(await records.mainVersion()).toBe(fixed);
    expect((await current(OTHER)).reference!.origin).toBe('given');
  });

  it('are closed by hand: the task is withdrawn, nothing changes', async () => {
    const { erratum } = await file(OTHER, 'a matter of taste');
    const task = await inReview(erratum.id);
    const closed = await closeErratum({ client: temporal.client, store }, DATASET, erratum.id, 'taste');
    expect(closed).toMatchObject({ state: 'closed', outcome: { reason: 'taste', version: null } });
    expect(await end(OTHER)).toEqual({ versions: [], settled: 0 });
    await expect(answer(task, { verdict: 'accept' })).rejects.toThrow();
    expect(await errata.read(erratum.id)).toEqual(closed);
    await expect(closeErratum({ client: temporal.client, store }, DATASET, erratum.id, 'again')).rejects.toThrow(
      'already closed',
    );
    expect((await file(OTHER, 'a matter of taste')).erratum.state).toBe('closed');
  });

  it('take a series out when it is excluded', async () => {
    const { erratum } = await file(OTHER, 'another patient altogether', null, fixed);
    const task = await inReview(erratum.id);
    await answer(task, { verdict: 'exclude', reason: 'not this patient' });
    await end(OTHER);
    const main = (await records.mainVersion())!;
    const manifest = await store.getVersion(DATASET, main);
    expect(manifest).toMatchObject({ parent: fixed, errata: [{ id: erratum.id }] });
    expect(manifest.series.map(({ series }) => series)).toEqual([SERIES]);
    expect(Object.keys(manifest.split)).toEqual(['1']);
    expect(await errata.read(erratum.id)).toMatchObject({
      state: 'excluded',
      outcome: { version: main, mask: null, reason: 'not this patient' },
    });
    expect((await current(OTHER)).excluded).toMatchObject({ reason: 'not this patient' });
  });

  it('stay reports until a lead accepts one, which opens its review', async () => {
    const desk = createErrataDesk({ client: temporal.client, store });
    expect(await desk.open()).toEqual([]); // nothing was released
    const said = PublicReport.parse({ series: SERIES, label: 1, text: 'Too small.', release: first.slice(0, 12) });
    const [receipt, unknown] = await Promise.all([
      desk.receive(DATASET, said),
      desk.receive(DATASET, { ...said, series: '99_t1' }),
    ]);
    const before = await desk.list(DATASET);
    expect(before.errata.filter(({ state }) => state === 'open')).toEqual([]);
    expect(await desk.receive(DATASET, { ...said, text: 'too small' })).toEqual(receipt);
    expect((await desk.list(DATASET)).reports).toHaveLength(2);
    await expect(desk.accept(DATASET, unknown.id, 'leo')).rejects.toThrow('a series of version');
    await desk.dismiss(DATASET, unknown.id, 'not in the release', 'leo');
    const { erratum, report, releaseUnknown } = await desk.accept(DATASET, receipt.id.slice(0, 6), 'leo');
    expect(erratum).toMatchObject({ series: SERIES, version: first, state: 'open' });
    expect([report.state, report.by, releaseUnknown]).toEqual(['accepted', 'leo', false]);
    await inReview(erratum.id);
    expect(await desk.receipt(DATASET, receipt.id)).toMatchObject({ state: 'in-review', version: null });
    await expect(desk.dismiss(DATASET, receipt.id, 'too late', null)).rejects.toThrow('already accepted');
    await closeErratum({ client: temporal.client, store }, DATASET, erratum.id, 'a matter of taste');
    await end(SERIES);
    expect(await desk.receipt(DATASET, receipt.id)).toMatchObject({ state: 'closed', reason: 'a matter of taste' });
    expect(await desk.receipt(DATASET, unknown.id)).toMatchObject({ reason: 'not in the release' });
  });
});

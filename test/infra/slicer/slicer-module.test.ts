import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditLog } from '../../../adapters/accounts/audit-log.ts';
import { asMask, decodeMha, encodeMha } from '../../../adapters/volume.ts';
import { Accounts } from '../../../client/accounts.ts';
import type { TaskService } from '../../../client/tasks.ts';
import { createTaskService } from '../../../client/temporal-tasks.ts';
import type { Grid } from '../../../core/geometry.ts';
import { workflowId } from '../../../core/ids.ts';
import { completeLabel } from '../../../core/labels.ts';
import { QUEUE } from '../../../core/queues.ts';
import { permute } from '../../../core/reorient.ts';
import type { Mask, Volume } from '../../../core/volume.ts';
import { repositoryRoot, trainerPython } from '../../../infra/local/paths.ts';
import { createWebServer } from '../../../web/server.ts';
import { bundleWorkflows, quietRuntime, startLoopWorkers } from '../../support/loop-workers.ts';
import { startTemporal, type RunningTemporal } from '../../support/temporal.ts';
import { startTestStore, type TestStore } from '../../support/test-store.ts';
import { fakeCampaigns } from '../../web/fake-campaigns.ts';
import { SAMPLE_GRIDS, sampleTask } from '../../web/sample-tasks.ts';

const PASSWORD = 'a fine long password';
const CHEAP = { cost: 2, blockSize: 1, parallelism: 1 };
/** In the order of the image's file. The first two widen vertebra 2 and the canal, the third cuts a corner off disc 202. */
const DRAWING = [
  { voxel: [10, 20, 1], label: 2 },
  { voxel: [31, 40, 4], label: 100 },
  { voxel: [8, 35, 2], label: 0 },
  { voxel: [12, 61, 5], label: 201 },
] as const;

/** The module of 3D Slicer, its scene played, against the real server, workflow, gates and store. */
describe('the Slicer module', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-slicer-'));
  let temporal: RunningTemporal;
  let s3: TestStore;
  let workers: { stop(): Promise<void> };
  let server: FastifyInstance;
  let tasks: TaskService;

  beforeAll(async () => {
    quietRuntime();
    const [running, store, bundle] = await Promise.all([startTemporal(), startTestStore(folder), bundleWorkflows()]);
    [temporal, s3] = [running, store];
    workers = await startLoopWorkers(temporal, s3.store, bundle);
    tasks = createTaskService({ client: temporal.client, store: s3.store });
    const records = s3.store.bucket;
    await new Accounts({ bucket: records, audit: new AuditLog(records), cost: CHEAP }).add(
      'ada',
      'annotator',
      PASSWORD,
      'test',
    );
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>page</title>');
    const options = {
      tasks,
      campaigns: fakeCampaigns,
      token: 'x'.repeat(32),
      records,
      temporalUiUrl: null,
      pageDir: folder,
    };
    server = createWebServer(options);
    await server.listen({ host: '127.0.0.1', port: 0 });
  });
  afterAll(async () => {
    await server?.close();
    await workers?.stop();
    await Promise.all([temporal?.remove(), s3?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function opened(task: string, grid: Grid): Promise<Mask> {
    const { input, image, proposal } = await sampleTask(task, grid);
    await Promise.all([s3.store.putObject(image), s3.store.putObject(proposal)]);
    await temporal.client.workflow.start('reviewTask', {
      workflowId: workflowId.review(task),
      taskQueue: QUEUE.orchestrate,
      args: [input],
    });
    return asMask(await decodeMha(proposal, 'proposal'), 'proposal');
  }

  async function referenceOf(task: string): Promise<Mask> {
    const { reference } = await tasks.show(task);
    return asMask(await decodeMha(await s3.store.getObject(reference!.mask.digest), 'reference'), 'reference');
  }

  /** What is accepted of a mask: vertebrae partly in view are whole ones in a reference. */
  function withDrawing({ grid, voxels }: Mask): number[] {
    const [nx, ny] = grid.size;
    const drawn = [...voxels];
    for (const {
      voxel: [x, y, z],
      label,
    } of DRAWING)
      drawn[x + nx * (y + ny * z)] = label;
    return drawn.map(completeLabel);
  }

  it('brings what was drawn voxel by voxel into S3, on every kind of grid', async () => {
    const grids = Object.entries(SAMPLE_GRIDS);
    const proposals = new Map<string, Mask>();
    for (const [at, [, grid]] of grids.entries())
      proposals.set(`slicer/1/${at + 1}_t2`, await opened(`slicer/1/${at + 1}_t2`, grid));
    await expect.poll(async () => (await tasks.list({})).length, { timeout: 30_000 }).toBe(3);
    const { done, drafts } = await review();
    expect(done.map(({ task, outcome }) => [task, outcome]).sort()).toEqual([
      ['slicer/1/1_t2', 'accepted'],
      ['slicer/1/2_t2', 'accepted'],
      ['slicer/1/3_t2', 'accepted'],
    ]);
    // Slicer turns the slices of left-handed grids over, and leaves others: there must be both for this to show anything.
    expect(new Set(done.map(({ turned }) => turned)).size).toBe(2);
    expect(drafts).toEqual([]);
    for (const [task, proposal] of proposals) {
      const reference = await referenceOf(task);
      expect(reference.grid).toEqual(proposal.grid);
      expect([...reference.voxels]).toEqual(withDrawing(proposal));
      expect((await tasks.show(task)).reference).toMatchObject({ reviewer: 'ada', voxelsChanged: DRAWING.length });
    }
  });

  it('takes a mask with its axes in another order as it lies in the patient, and refuses a shifted one', async () => {
    const task = 'slicer/2/9_t1';
    const proposal = await opened(task, SAMPLE_GRIDS.leftHanded);
    const stored = permute(proposal, [
      { axis: 2, sign: -1 },
      { axis: 0, sign: 1 },
      { axis: 1, sign: -1 },
    ]);
    const origin = stored.grid.originLpsMm;
    const shifted = {
      ...stored,
      grid: { ...stored.grid, originLpsMm: [origin[0] + 1.5, origin[1], origin[2]] as [number, number, number] },
    };
    await tasks.claim(task, { reviewer: 'ada' });
    const baseDigest = (await tasks.show(task)).proposal.digest;
    const submit = async (mask: Volume) => {
      const upload = await tasks.upload(task, await encodeMha(mask));
      return tasks.submit(task, { reviewer: 'ada', baseDigest, minutes: 1, verdict: { verdict: 'correct', upload } });
    };
    const refused = await submit(shifted);
    expect(refused.outcome).toBe('refused');
    expect(refused.gates.map(({ gate }) => gate)).toContain('same-grid');
    expect(await submit(stored)).toMatchObject({ outcome: 'accepted' });
    expect([...(await referenceOf(task)).voxels]).toEqual([...proposal.voxels].map(completeLabel));
  });

  /** Runs the module until there is no task any more. */
  async function review(): Promise<{ done: { task: string; outcome: string; turned: boolean }[]; drafts: string[] }> {
    const { port } = server.server.address() as AddressInfo;
    const script = join(repositoryRoot, 'infra/slicer/tests/review_tasks.py');
    const python = spawn(trainerPython, [script, `http://127.0.0.1:${port}`, 'ada', join(folder, 'drafts')], {
      env: { ...process.env, SPINDLE_PASSWORD: PASSWORD },
    });
    let [stdout, stderr] = ['', ''];
    python.stdout.on('data', (text) => (stdout += String(text)));
    python.stderr.on('data', (text) => (stderr += String(text)));
    python.stdin.end(JSON.stringify(DRAWING));
    const code = await new Promise((resolve) => python.once('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Awaited<ReturnType<typeof review>>;
  }
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIngestGateActivities, createIngestLedgerActivities } from '../../activities/ingest.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { objectKey } from '../../adapters/object-store.ts';
import { decodeMha, encodeMha } from '../../adapters/volume.ts';
import { createContext } from '../../cli/context.ts';
import { createOutput } from '../../cli/output.ts';
import { runProgram } from '../../cli/program.ts';
import { parseTaskId, workflowId } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import type { ReviewInput, SubmitRequest } from '../../core/review.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { publish, smallSeries, smallVolume, stored } from '../client/small-dataset.ts';
import { startTemporalAndStore, type Running } from '../client/temporal-worker.ts';
import { cheapAccounts, PASSWORD } from '../web/people.ts';

class Captured extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

// The command line on real servers, in the order in which a person would use it.
describe('the commands', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-commands-'));
  const task = 'small/1/1_t2';
  let running: Running;
  let lastChecked: SubmitRequest | undefined;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    const { store } = running;
    await running.work(QUEUE.orchestrate, 'workflows/index.ts', {
      ...createIngestLedgerActivities({ store }),
      // No worker trains: a round comes as far as that.
      planPropagation: async () => [],
      acceptOutcomes: async () => undefined,
      splitPatients: async () => undefined,
      publishVersion: async () => 'a'.repeat(64),
    });
    await running.work(QUEUE.imaging, null, { ...createIngestGateActivities({ store }), checkVerdict });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function spindle(...args: string[]) {
    const [stdout, stderr] = [new Captured(), new Captured()];
    const output = createOutput(stdout, stderr as unknown as NodeJS.WriteStream);
    const code = await runProgram(args, createContext(running.env, running.env['SPINDLE_HOME']!, output));
    return { code, stdout: stdout.text, stderr: stderr.text };
  }

  async function json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await spindle(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as T;
  }

  it('say that there is no dataset yet', async () => {
    expect(await spindle('versions', 'list')).toMatchObject({ code: 3, stdout: '' });
    const unnamed = await spindle('cohort', 'ingest', folder);
    expect(unnamed).toMatchObject({ code: 2, stdout: '' });
    expect(unnamed.stderr).toContain('--dataset: expected a name for the first dataset');
  });

  it('cohort ingest: take the good, list the bad', async () => {
    mkdirSync(join(folder, 'in/images'), { recursive: true });
    writeFileSync(join(folder, 'in/images/lumbar.mha'), 'no series');
    const none = await spindle('cohort', 'ingest', join(folder, 'in'), '--dataset', 'small');
    expect(none).toMatchObject({ code: 2 });
    writeFileSync(join(folder, 'in/images/1_t2.mha'), await encodeMha(smallVolume(7)));
    const { code, stdout } = await spindle('cohort', 'ingest', join(folder, 'in'), '--dataset', 'small');
    expect(code).toBe(0);
    const [summary, , header, refusal] = stdout.split('\n');
    expect(summary).toBe('small: 1 series added, 0 were there already, 0 references, 1 refused');
    expect(header).toMatch(/^REFUSED +FIELD +EXPECTED +GOT$/);
    expect(refusal).toMatch(/^images\/lumbar\.mha +name +<study>_<t1\|t2\|t2_SPACE>\.mha +lumbar\.mha$/);
  });

  it('tasks: list, claim, download, submit', async () => {
    await openTask();
    await expect
      .poll(async () => (await json<{ tasks: unknown[] }>('tasks', 'list', '--state', 'queued')).tasks.length, {
        timeout: 20_000,
      })
      .toBe(1);
    expect((await spindle('tasks', 'list')).stdout).toMatch(
      /^small\/1\/1_t2 +queued +proposal, doubt 0\.25 +– +– +–$/m,
    );
    expect((await spindle('tasks', 'claim', task)).stderr).toContain('--reviewer: expected your name');
    expect((await spindle('tasks', 'claim', task, '-r', 'ada')).stdout).toMatch(/^small\/1\/1_t2 is ada's until 2/);
    expect(await spindle('tasks', 'claim', task, '-r', 'bob')).toMatchObject({
      code: 4,
      stderr: `error: task ${task}: claimed by ada\n`,
    });
    expect(await spindle('tasks', 'show', 'small/1/9_t1')).toMatchObject({ code: 3 });

    const work = join(folder, 'work');
    expect((await spindle('tasks', 'download', task, work)).code).toBe(0);
    expect(readFileSync(join(work, '1_t2_mask.mha'))).toEqual(Buffer.from(await encodeMha(smallVolume(1))));
    expect(await spindle('tasks', 'download', task, work)).toMatchObject({ code: 4 });
    expect((await spindle('tasks', 'download', task, work, '--force')).code).toBe(0);

    const submit = (...verdict: string[]) => spindle('tasks', 'submit', task, '-r', 'ada', ...verdict);
    expect((await submit()).stderr).toContain(
      'expected one of --accept, --mask, --exclude and --send-back, got 0 of them',
    );
    expect((await submit('--accept', '--exclude', 'dark')).code).toBe(2);
    const refused = await submit('--mask', join(work, '1_t2_image.mha'), '--minutes', '3');
    expect(refused.code).toBe(4);
    expect(refused.stdout).toContain('refused  known-labels: expected labels of SPIDER, got 7');
    expect((await spindle('tasks', 'download', task, work, '--format', 'nii.gz')).code).toBe(0);
    expect((await submit('--mask', join(work, '1_t2_mask.nii.gz'))).code).toBe(4);
    const { verdict } = lastChecked!;
    const arrived = await running.store.getUpload(task, verdict.verdict === 'correct' ? verdict.upload.digest : '');
    expect((await decodeMha(arrived, 'upload')).voxels).toEqual(smallVolume(1).voxels);
    expect((await submit('--mask', join(work, 'none.nrrd'))).code).toBe(2);
    expect(await json('tasks', 'submit', task, '-r', 'ada', '--exclude', 'metal')).toEqual({
      outcome: 'excluded',
      gates: [],
    });
    expect((await spindle('tasks', 'show', task)).stdout).toContain('excluded by ada: metal');
  });

  it('tasks reassign: to any name until there are accounts, then to one of them', async () => {
    await openTask('small/1/3_t2');
    const assign = (to: string, ...more: string[]) =>
      spindle('tasks', 'reassign', 'small/1/3_t2', '--to', to, '-r', 'leo', ...more);
    expect(await assign('ada')).toMatchObject({ code: 0, stdout: 'reassign: 1 of 1 tasks\n' });
    const accounts = cheapAccounts(running.store.bucket);
    await accounts.add('bea', 'annotator', PASSWORD, 'command-line/test');
    for (const more of [[], ['--dry-run']]) {
      expect(await assign('ada', ...more)).toEqual({
        code: 2,
        stdout: '',
        stderr: 'error: reassign: to: expected the name of an account that reviews, got "ada", which has none\n',
      });
    }
    expect((await assign('bea')).code).toBe(0);
    expect((await spindle('tasks', 'show', 'small/1/3_t2')).stdout).toContain('queued, for bea');
  });

  it('versions: list, show, check out, verify', async () => {
    const { store, env } = running;
    const series = [await smallSeries(store, '1_t1', 5), await smallSeries(store, '2_t1', 6)];
    const version = await publish(store, 'small', series, { 1: 'train', 2: 'validation' });
    const { versions } = await json<{ versions: { version: string }[] }>('versions', 'list');
    expect(versions.map((row) => row.version)).toEqual([version]);
    expect((await spindle('versions', 'show')).stdout).toMatch(/^2_t1 +2 +validation +RH1 +given/m);
    const out = join(folder, 'out');
    expect((await spindle('versions', 'checkout', version.slice(0, 6), out)).stdout).toBe(
      `version ${version.slice(0, 12)}: 2 series in ${out} (4 files written)\n`,
    );
    expect(await spindle('versions', 'verify', '--folder', out)).toMatchObject({ code: 0 });
    expect(await spindle('versions', 'verify')).toMatchObject({
      code: 0,
      stdout: `version ${version.slice(0, 12)}: all 4 volumes are as the manifest says\n`,
    });

    const key = objectKey(series[1]!.image.digest);
    const path = join(localPaths(env['SPINDLE_HOME']!).s3Data, 'spindle', key);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    const broken = await spindle('versions', 'verify', 'main');
    expect(broken).toMatchObject({ code: 1 });
    expect(broken.stdout).toMatch(new RegExp(`^2_t1 +image +changed +${key} `, 'm'));
    expect(broken.stderr).toContain(`error: version ${version.slice(0, 12)}: one thing is not as the manifest says\n`);
    // The checkout was made before, and is whole.
    expect(await spindle('versions', 'verify', version, '--folder', out)).toMatchObject({ code: 0 });
  });

  it('models list: which one serves', async () => {
    const file = { digest: 'b'.repeat(64), bytes: 1 };
    const model = { model: file.digest, onnx: file, card: file, weights: file, curves: file, version: 'c'.repeat(64) };
    await new DatasetRecords(running.store, 'small').updateModels((registry) => ({
      ...registry,
      champion: model.model,
      models: [{ ...model, trainer: 'iis', preset: 'demo', round: 1, evaluations: [] }],
    }));
    expect((await spindle('models', 'list')).stdout.split('\n')[1]).toMatch(
      /^bbbbbbbbbbbb +1 +iis\/demo +cccccccccccc/,
    );
  });

  it('train: begin it, and say which workers are missing', async () => {
    const { code, stdout, stderr } = await spindle('train', '--steps', '5', '--detach');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^train-version\/small\/\w{12}\/\w{12} is under way\n$/),
    });
    expect(stderr).toContain('no worker takes work from queues train-gpu, inference: this waits until one does');
    expect(await spindle('train', '--version', 'ffff', '--detach')).toMatchObject({ code: 3 });
  });

  it('campaign and round: start, status, pause, resume', async () => {
    expect(await spindle('campaign', 'status')).toMatchObject({ code: 3 });
    expect(await spindle('campaign', 'start', '--dataset', 'other')).toMatchObject({ code: 3 });
    expect(await spindle('campaign', 'start', '--validation-share', '2')).toMatchObject({ code: 2 });
    const started = await json<{ round: number; policy: object }>('round', 'start', '--policy', 'demo', '--steps', '9');
    expect(started).toEqual({ dataset: 'small', round: 1 });
    expect(await spindle('campaign', 'start')).toMatchObject({ code: 4 });
    await expect
      .poll(async () => (await spindle('round', 'status')).stdout, { timeout: 20_000 })
      .toMatch(/^round 1: train 0\/1\n.*freeze/s);
    expect((await spindle('campaign', 'pause')).code).toBe(0);
    const status = await json<{ state: { paused: boolean; policy: object } }>('campaign', 'status');
    expect(status.state).toMatchObject({ paused: true, policy: { maxRounds: 1, budget: { seconds: null, steps: 9 } } });
    expect((await spindle('campaign', 'resume')).stdout).toBe('the campaign of small goes on\n');
    const shown = 'small: running\nround 1: train 0/1\n';
    await expect.poll(async () => (await spindle('campaign', 'status')).stdout, { timeout: 20_000 }).toBe(shown);
  });

  it('ask which dataset when there are several', async () => {
    await publish(running.store, 'other', [await smallSeries(running.store, '1_t1', 5)], { 1: 'train' });
    const { code, stderr } = await spindle('versions', 'list');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: command line: --dataset: expected one of other, small, got none\n',
    });
    expect((await spindle('versions', 'list', '-d', 'other')).code).toBe(0);
    expect(await spindle('versions', 'list', '-d', 'third')).toMatchObject({ code: 3 });
  });

  async function openTask(named = task): Promise<void> {
    const { client, store } = running;
    const { series } = parseTaskId(named);
    const input: ReviewInput = {
      ...{ task: named, series, round: 1, kind: 'proposal', modelDigest: null, doubt: 0.25, leaseMs: 600_000 },
      image: await stored(store, smallVolume(7)),
      proposal: await stored(store, smallVolume(1)),
      structures: [],
      gates: [],
    };
    const options = { workflowId: workflowId.review(named), taskQueue: QUEUE.orchestrate, args: [input] };
    await client.workflow.start('reviewTask', options);
  }

  /** Stands in for the gates: refuses every mask. */
  async function checkVerdict({ request }: { request: SubmitRequest }) {
    lastChecked = request;
    if (request.verdict.verdict === 'exclude') return { result: { outcome: 'excluded', gates: [] }, reference: null };
    const found = { severity: 'refuse', passed: false, expected: 'labels of SPIDER', measured: '7', labels: [7] };
    return { result: { outcome: 'refused', gates: [{ gate: 'known-labels', ...found }] }, reference: null };
  }
});

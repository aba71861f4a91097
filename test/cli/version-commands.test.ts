import { mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { objectKey } from '../../adapters/object-store.ts';
import { openWork } from '../../client/garbage/open-work.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import { workflowId, type Digest } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { publish, smallSeries, smallVolume, stored } from '../client/small-dataset.ts';
import { startTemporalAndStore, type Running } from '../client/temporal-worker.ts';
import { runCommandIn } from '../support/command-line.ts';

// On real servers, without workers: what Temporal has started, runs.
describe('spindle versions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-version-commands-'));
  let running: Running;
  let first: Digest;
  let second: Digest;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    const { store } = running;
    const one = await smallSeries(store, '1_t1', 5);
    first = await publish(store, 'small', [one], { 1: 'train' });
    const corrected: CatalogSeries = { ...one, reference: { ...one.reference!, mask: await stored(store, mask()) } };
    const series = [corrected, await smallSeries(store, '2_t1', 6)];
    second = await publish(store, 'small', series, { 1: 'train', 2: 'validation' });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** 24 voxels: 12 of vertebra 2 where vertebra 1 was, the rest empty. */
  function mask() {
    const volume = smallVolume(2);
    volume.voxels.fill(0, 12);
    return volume;
  }

  const spindle = (...args: string[]) => runCommandIn(running.env, 'versions', ...args);

  it('tag, log and list', async () => {
    expect((await spindle('tag', 'v1.0', first)).stdout).toBe(`v1.0 is version ${first.slice(0, 12)}\n`);
    expect(await spindle('tag', 'v1.0', 'main')).toMatchObject({ code: 4 });
    expect(await spindle('tag', 'main', first)).toMatchObject({ code: 2 });
    expect((await spindle('list')).stdout).toMatch(new RegExp(`^${first.slice(0, 12)} +– +v1.0 +1`, 'm'));
    const log = (await spindle('log')).stdout.split('\n');
    expect(log[0]).toBe(`version ${second.slice(0, 12)}`);
    expect(log[1]).toMatch(/^ {2}stored 20\d\d-\d\d-\d\dT/);
    expect(log.slice(2, 5)).toEqual(['  1 series added', '  1 patient added', '  1 mask changed']);
    expect(log[6]).toBe(`version ${first.slice(0, 12)}  v1.0`);
  });

  it('take tags, as evaluate does', async () => {
    const out = join(folder, 'out');
    expect(await spindle('checkout', 'v1.0', out)).toMatchObject({ code: 0 });
    const evaluate = ['evaluate', '--prediction', out, '--set', 'all', '--json', '--reference'];
    const { code, stdout } = await runCommandIn(running.env, ...evaluate, 'v1.0');
    expect({ code, report: JSON.parse(stdout) as object }).toMatchObject({ code: 0, report: { patients: 1 } });
    expect(await runCommandIn(running.env, ...evaluate, 'v2.0')).toMatchObject({ code: 3 });
  });

  it('diff', async () => {
    const page = join(folder, 'changes.html');
    const { code, stdout, stderr } = await spindle('diff', 'v1.0', 'main', '--html', page);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining(`wrote ${page}`) as string });
    const lines = stdout.split('\n');
    const [a, b] = [first.slice(0, 12), second.slice(0, 12)];
    expect(lines[0]).toBe(
      `${a} → ${b}: 1 series added, 1 patient added, 1 mask changed (24 voxels), 1 mask renumbered`,
    );
    // 12 of 24 voxels stayed, as vertebra 2: Dice 24 / 36.
    expect(stdout).toMatch(/^1_t1 +1 +24 +12 +0\.0000 +mask changed; vertebra 1 is now 2$/m);
    expect(stdout).toMatch(/^1_t1 +L4 +1 +2 +24 +12 +12 +0\.6667$/m);
    expect(readFileSync(page, 'utf8')).toContain('<img alt="Sagittal slice of 1_t1');
    expect(await spindle('diff', 'v1.0', 'main', '--html', page)).toMatchObject({ code: 2 });
    const json = JSON.parse((await spindle('diff', first, second, '--json')).stdout) as object;
    expect(json).toMatchObject({ before: first, after: second, added: ['2_t1'], same: 0 });
  });

  it('verify --leaks', async () => {
    const { code, stdout } = await spindle('verify', '--leaks');
    expect(code).toBe(0);
    expect(stdout).toMatch(/: no leak \(patients: 1 train, 1 validation; models known: 0\)\n/);
    expect(stdout).toMatch(/^2 +validation +1 +–$/m);
    const moved = { ...(await smallSeries(running.store, '7_t1', 5)), patient: '8' };
    const split = { 7: 'train', 8: 'validation' } as const;
    const both = [await smallSeries(running.store, '7_t2', 8), moved];
    await publish(running.store, 'leaky', both, split);
    const leaky = await spindle('verify', '--leaks', '-d', 'leaky');
    expect(leaky).toMatchObject({ code: 1 });
    expect(leaky.stdout).toMatch(/^– +one study in both sets +7, 8 +7_t1, 7_t2$/m);
  });

  it('gc: what is open counts, and what runs forbids it', async () => {
    const { client, store, env } = running;
    const open = await store.putObject(new TextEncoder().encode('an open proposal'));
    const orphan = await store.putObject(new TextEncoder().encode('nothing needs it'));
    for (const { digest } of [open, orphan]) {
      const path = join(localPaths(env['SPINDLE_HOME']!).s3Data, 'spindle', objectKey(digest));
      utimesSync(path, new Date(0), new Date(0));
    }
    const start = (type: string, id: string, input: object) =>
      client.workflow.start(type, { workflowId: id, taskQueue: QUEUE.orchestrate, args: [input] });
    await start('reviewTask', workflowId.review('small/1/1_t1'), { proposal: open });
    await expect
      .poll(async () => (await openWork(client, store)).tasks, { timeout: 20_000 })
      .toEqual([{ task: 'small/1/1_t1', input: [{ proposal: open }] }]);
    const listed = await spindle('gc');
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(
      new RegExp(`^object +${orphan.bytes} +1970-01-01T00:00:00.000Z +${objectKey(orphan.digest)}$`, 'm'),
    );
    expect(listed.stdout).toContain(`\nnot needed: 1 of ${orphan.bytes} bytes; `);
    expect(await store.hasObject(orphan.digest)).toBe(true);

    const busy = [
      ['ingestCohort', workflowId.ingest('small', 'a'.repeat(64))],
      ['publishVersion', workflowId.publish('small', 1, 'round')],
      ['round', workflowId.round('small', 1)],
      ['campaign', workflowId.campaign('small')],
    ] as const;
    for (const [type, id] of busy) {
      const handle = await start(type, id, {});
      await expect.poll(async () => (await openWork(client, store)).busy, { timeout: 20_000 }).toEqual([id]);
      expect(await spindle('gc', '--delete')).toMatchObject({ code: 4, stdout: '' });
      expect((await spindle('gc')).stderr).toBe(`--delete would be refused now: ${id}\n`);
      await handle.terminate();
      await expect.poll(async () => (await openWork(client, store)).busy, { timeout: 20_000 }).toEqual([]);
    }
    expect(await store.hasObject(orphan.digest)).toBe(true);
    expect(await spindle('gc', '--older-than', '1 day')).toMatchObject({ code: 2 });
    const deleted = JSON.parse((await spindle('gc', '--delete', '--json')).stdout) as { deleted: boolean };
    expect(deleted).toMatchObject({ deleted: true, bytes: orphan.bytes, openTasks: 1, busy: [] });
    expect([await store.hasObject(orphan.digest), await store.hasObject(open.digest)]).toEqual([false, true]);
    expect(await spindle('verify', 'main', '-d', 'small')).toMatchObject({ code: 0 });
  });
});

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heartbeating } from '../../activities/heartbeat.ts';
import { createVerificationActivities, createVerificationLedgerActivities } from '../../activities/verify-versions.ts';
import { objectKey } from '../../adapters/object-store.ts';
import { provenVolumes } from '../../adapters/volume-fault.ts';
import { verifyStored } from '../../client/verify-version.ts';
import { scheduleVerification, verificationStatus } from '../../client/verifications.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import { scheduleId, type Digest } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import type { Verification } from '../../core/verification.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { runCommandIn } from '../support/command-line.ts';
import { publish, smallSeries } from './small-dataset.ts';
import { startTemporalAndStore, type Running } from './temporal-worker.ts';

const DATASET = 'small';

describe('nightly verification', () => {
  let running: Running;
  let series: CatalogSeries[];
  let versions: [Digest, Digest];

  beforeAll(async () => {
    running = await startTemporalAndStore();
    const { store } = running;
    series = [await smallSeries(store, '1_t1', 5), await smallSeries(store, '2_t1', 6)];
    const first = await publish(store, DATASET, series.slice(0, 1), { 1: 'train' });
    versions = [first, await publish(store, DATASET, series, { 1: 'train', 2: 'validation' })];
    await store.writeRef(DATASET, 'tags/v1', { version: first }, null);
    await running.work(
      QUEUE.orchestrate,
      'workflows/index.ts',
      heartbeating(createVerificationLedgerActivities({ store })),
    );
    await running.work(QUEUE.imaging, null, heartbeating(createVerificationActivities({ store })));
  });
  afterAll(() => running.stop());

  const spindle = (...args: string[]) => runCommandIn(running.env, 'versions', 'verify', ...args);

  /** Has the schedule act now, as it does at night, and waits for what it files. */
  async function night(): Promise<Verification> {
    const before = (await verificationStatus(running, DATASET)).last?.started;
    await running.client.schedule.getHandle(scheduleId.verify(DATASET)).trigger();
    await expect
      .poll(async () => (await verificationStatus(running, DATASET)).last?.started, { timeout: 50_000 })
      .not.toBe(before);
    return (await verificationStatus(running, DATASET)).last!;
  }

  it('is scheduled once, files what it read, and names what is wrong; then status fails', async () => {
    expect((await spindle('--schedule', 'status')).stdout).toBe(`${DATASET}: not verified nightly\nnot verified yet\n`);
    expect(await spindle('--schedule', 'nightly')).toMatchObject({ code: 0 });
    await scheduleVerification(running.client, DATASET);
    const { stdout } = await spindle('--schedule', 'status');
    expect(stdout).toMatch(/^small: verified nightly, next at \d{4}-\d\d-\d\dT02:00:00.000Z\n/);

    // Two images, and a mask that both series have: the main version first, of the tagged one nothing is left to read. The same
    // object twice in one version is read twice.
    const clean = await night();
    expect(clean).toMatchObject({ versions: [versions[1], versions[0]], checked: 4, findings: [] });
    expect((await provenVolumes(running.store, DATASET)).size).toBe(3);

    const image = join(localPaths(running.env['SPINDLE_HOME']!).s3Data, 'spindle', objectKey(series[1]!.image.digest));
    writeFileSync(image, 'damaged');
    rmSync(join(image, '..', series[0]!.image.digest));
    const found = await night();
    expect(found.findings).toMatchObject([
      { series: '1_t1', kind: 'image', problem: 'missing' },
      { series: '2_t1', kind: 'image', problem: 'changed', key: objectKey(series[1]!.image.digest) },
    ]);
    const status = await spindle('--schedule', 'status');
    expect(status).toMatchObject({ code: 1 });
    expect(status.stdout).toMatch(/^2_t1 +image +changed /m);
    // What was proven on the clean night stays proven.
    expect((await provenVolumes(running.store, DATASET)).size).toBe(3);
    expect((await verifyStored(running.store, DATASET, versions[1])).findings).toHaveLength(2);

    expect((await spindle('--schedule', 'off')).stdout).toMatch(/^small: not verified nightly\nlast at /);
    expect(await spindle('--schedule', 'off')).toMatchObject({ code: 0 });
    expect(await spindle('--schedule', 'weekly')).toMatchObject({ code: 2 });
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { ReviewRecords } from '../../adapters/review-records.ts';
import { reviewHistory } from '../../client/review-history.ts';
import { createTaskService } from '../../client/temporal-tasks.ts';
import { parseTaskId } from '../../core/ids.ts';
import { ROLES_WITH } from '../../core/roles.ts';
import { blocksOf, READS_DATASET, runReads, T2_SKILL, without } from '../support/block-reads.ts';
import { bundleWorkflows, quietRuntime, startLoopWorkers } from '../support/loop-workers.ts';
import { startTemporal, type RunningTemporal } from '../support/temporal.ts';
import { startVersitygw, type RunningVersitygw } from '../support/versitygw.ts';

const folder = mkdtempSync(join(tmpdir(), 'spindle-reads-'));
let temporal: RunningTemporal;
let s3: RunningVersitygw;
let store: ObjectStore;
let workers: { stop(): Promise<void> };

beforeAll(async () => {
  quietRuntime();
  const [server, gateway, bundle] = await Promise.all([startTemporal(), startVersitygw(folder), bundleWorkflows()]);
  [temporal, s3] = [server, gateway];
  store = openObjectStore({ ...s3, region: 'us-east-1', bucket: 'spindle' });
  await store.ensureBucket();
  workers = await startLoopWorkers(temporal, store, bundle);
});
afterAll(async () => {
  await workers?.stop();
  store?.close();
  await Promise.all([temporal?.remove(), s3?.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

it('a round with controls, independent reads and audits files what they say', async () => {
  await runReads(temporal, store);
  const records = new ReviewRecords(store, READS_DATASET);
  const reviews = await records.reviews();
  const readsOf = (name: string | null) => reviews.filter(({ task }) => parseTaskId(task).read === name);

  // The policy's rule: every read of a T2 demands the skill, a decision a senior's role as well.
  for (const review of reviews) {
    const { demands } = (await records.filed(review)).task;
    const skills = review.series.endsWith('_t2') ? [T2_SKILL] : undefined;
    const roles = parseTaskId(review.task).read === 'adjudication' ? ROLES_WITH['second-read'] : undefined;
    expect([review.task, demands?.skills, demands?.roles]).toEqual([review.task, skills, roles]);
  }

  // Patient 3's two series are proposals: one control, one read twice. Four carried-over masks besides.
  const [control] = await records.controls();
  const [drawn] = readsOf('blind');
  const [decided] = readsOf('adjudication');
  expect(control!.series).toBe(drawn!.series);
  expect(new Set([drawn!.series, decided!.series])).toEqual(new Set(['3_t1', '3_t2']));
  expect(readsOf('second').map(({ series }) => series)).toEqual([decided!.series]);
  expect(decided!.reviewer).toBe('dora');

  // The corrector left the exact proposal, the drawing lacks disc 202: of the discs' departure nothing was changed.
  const mask = blocksOf(control!.series);
  const voxelMm3 = mask.grid.spacingMm.reduce((a, b) => a * b, 1);
  const discMm3 = mask.voxels.filter((label) => label === 202).length * voxelMm3;
  expect(control).toMatchObject({ patient: '3', correctedBy: 'anna', blindedBy: 'bert', round: 1 });
  expect(control!.departures.filter(({ toleranceMm }) => toleranceMm === 0)).toEqual([
    { class: 'vertebra', toleranceMm: 0, correctedMm3: 0, blindedMm3: 0 },
    { class: 'disc', toleranceMm: 0, correctedMm3: 0, blindedMm3: discMm3 },
    { class: 'canal', toleranceMm: 0, correctedMm3: 0, blindedMm3: 0 },
  ]);
  const [report] = await new DatasetRecords(store, READS_DATASET).rounds();
  expect(report!.bias).toMatchObject({ controls: 1, round: 1 });
  expect(report!.bias!.classes.find((each) => each.class === 'disc')!.everywhere.lean).toEqual({
    defined: true,
    value: 1,
  });

  // Everything was accepted untouched, so all six series were audited, by somebody who had read none; one lacked nothing but lost a disc.
  const audits = await records.audits();
  expect(audits).toHaveLength(6);
  expect(
    audits.every(
      ({ auditor, reviewer, reason }) => auditor === 'carl' && reviewer !== 'carl' && reason === 'untouched',
    ),
  ).toBe(true);
  expect(report!.audits!.rates.find(({ of }) => of === 'mask')).toMatchObject({ count: 6, errors: 1 });
  const { series } = await new DatasetRecords(store, READS_DATASET).catalog();
  const mended = series.find((entry) => entry.series === '1_t1')!.reference!;
  expect(mended).toMatchObject({ reviewer: 'carl', minutes: 8 });
  expect(mended.labels).toEqual(
    [...new Set(without(blocksOf('1_t1'), 202).voxels)].filter((l) => l > 0).sort((a, b) => a - b),
  );

  // Ordinary, second, adjudication, audit: the history of the series that was read twice.
  const tasks = createTaskService({ client: temporal.client, store });
  const history = await reviewHistory({ tasks, store }, READS_DATASET, decided!.series);
  expect(history.map(({ task }) => parseTaskId(task).read).sort()).toEqual(
    ['adjudication', 'audit', null, 'second'].sort(),
  );
  expect(history.flatMap(({ masks = [] }) => masks.map(({ by }) => by)).sort()).toEqual([
    'anna',
    'bert',
    'carl',
    'dora',
  ]);
}, 300_000);

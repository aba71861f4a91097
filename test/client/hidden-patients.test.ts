import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEvaluateActivities } from '../../activities/evaluate.ts';
import { createIngestGateActivities, createIngestLedgerActivities } from '../../activities/ingest.ts';
import { createLedgerActivities } from '../../activities/ledger.ts';
import { createModelRegistryActivities } from '../../activities/model-registry.ts';
import { createTrainActivities } from '../../activities/train.ts';
import { readConfiguration } from '../../adapters/configuration.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { openSealedStore } from '../../adapters/sealed-store.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { ingestCohortFolder } from '../../client/cohort-ingest.ts';
import { exportVersion } from '../../client/exports/export-version.ts';
import { hidePatients } from '../../client/hide-patients.ts';
import { linkPatients } from '../../client/link-patients.ts';
import { verifyLeaks } from '../../client/verify-leaks.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import type { Digest } from '../../core/ids.ts';
import { QUEUE } from '../../core/queues.ts';
import { sealedEnvironment } from '../../infra/local/environment.ts';
import { cleanEnvironment } from '../infra/local-home.ts';
import { runCommandIn } from '../support/command-line.ts';
import { seenModel } from './seen-model.ts';
import { smallSeries, smallVolume } from './small-dataset.ts';
import { startTemporalAndStore, type Running } from './temporal-worker.ts';

const DATASET = 'small';
const HIDDEN = { name: 'HiddenPatientError' };
const NOTHING_SEEN = { reason: 'challenge' };

// Real servers: what is sealed is sealed by the S3 server's own accounts.
describe('the hidden test', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-hidden-'));
  let running: Running;
  let store: ObjectStore;
  let sealed: ObjectStore;
  let records: DatasetRecords;
  let vault: DatasetRecords;
  const series: Record<string, CatalogSeries> = {};
  let first: Digest;
  let model: Digest;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    ({ store } = running);
    const { s3, sealed: own } = readConfiguration(sealedEnvironment(running.env['SPINDLE_HOME']!, cleanEnvironment));
    sealed = await openSealedStore(own!, s3);
    records = new DatasetRecords(store, DATASET);
    vault = new DatasetRecords(sealed, DATASET);
    await running.work(QUEUE.orchestrate, 'workflows/ingest-cohort.ts', createIngestLedgerActivities({ store }));
    await running.work(QUEUE.imaging, null, createIngestGateActivities({ store }));
    for (const patient of ['1', '2', '3', '4', '5']) {
      series[patient] = await smallSeries(store, `${patient}_t1`, Number(patient));
    }
    // 1 trains and is seen, 2 validates, 3 trains unseen, 4 has no version yet, 5 neither.
    const split = { 1: 'train', 2: 'validation', 3: 'train' } as const;
    const published = [series['1']!, series['2']!, series['3']!];
    await records.updateCatalog((catalog) => ({ ...catalog, series: published, split }));
    first = (await createLedgerActivities({ store }).publishVersion({ dataset: DATASET }))!;
    const record = await seenModel(store, 'one', { version: first, patientsSeen: ['1'] });
    ({ model } = record);
    await createModelRegistryActivities({ store }).registerModel({ dataset: DATASET, model: record });
    await records.updateCatalog((catalog) => ({
      ...catalog,
      series: [...catalog.series, series['4']!, series['5']!],
      split: { ...catalog.split, 4: 'train' },
    }));
  });
  afterAll(async () => {
    sealed.close();
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const hide = (...patients: string[]) =>
    hidePatients({ client: running.client, store, sealed }, { dataset: DATASET, patients, ...NOTHING_SEEN });

  it('takes nobody whom a model has seen', async () => {
    const before = await records.catalog();
    await expect(hide('4', '1')).rejects.toMatchObject({ name: 'ConflictError' });
    await expect(hide('1')).rejects.toThrow(`model ${model.slice(0, 12)} has seen 1`);
    await expect(hide('99')).rejects.toMatchObject({ name: 'NotFoundError' });
    expect(await records.catalog()).toEqual(before);
    expect((await vault.catalog()).series).toEqual([]);
  });

  it('moves a patient of no version whole: into the sealed bucket, out of the ordinary one', async () => {
    const { image, reference } = series['4']!;
    const report = await hide('4');
    // The mask of 24 ones is everybody's, so it stays.
    expect(report).toMatchObject({ patients: ['4'], series: ['4_t1'], seenBy: [], versions: [], removed: 1, left: 1 });
    expect(await store.hasObject(image.digest)).toBe(false);
    expect(await store.hasObject(reference!.mask.digest)).toBe(true);
    expect(await sealed.getObject(image.digest)).toEqual(await encodeMha(smallVolume(4)));
    expect((await vault.catalog()).series).toEqual([series['4']]);
    const catalog = await records.catalog();
    expect(catalog.series.map((entry) => entry.patient)).toEqual(['1', '2', '3', '5']);
    expect(catalog.split).toEqual({ 1: 'train', 2: 'validation', 3: 'train' });
    const images = [{ series: '4_t1', source: `sha256:${image.digest}`, voxels: `sha256:${image.voxelDigest}` }];
    expect(catalog.hidden).toEqual([{ patient: '4', reason: 'challenge', images }]);
  });

  it('says which versions hold a patient and what stays readable for that', async () => {
    const report = await hide('3');
    expect(report).toMatchObject({ series: ['3_t1'], versions: [first], removed: 0, left: 2 });
    expect(await store.hasObject(series['3']!.image.digest)).toBe(true);
    // Asked again there is nothing left to do.
    expect(await hide('3')).toMatchObject({ series: [], removed: 0, left: 0, versions: [first] });
  });

  it('keeps them out of training, evaluation, the registry, checkouts and exports of older versions', async () => {
    const training = createTrainActivities({
      store,
      jobs: join(root, 'jobs'),
      trainers: { iis: { command: ['true'] } },
    });
    const policy = { trainer: 'iis', preset: 'demo' as const, budget: { seconds: 1, steps: null }, seed: 1 };
    await expect(training.train({ dataset: DATASET, round: 0, version: first, policy })).rejects.toMatchObject(HIDDEN);
    await expect(checkoutVersion(store, DATASET, first, join(root, 'out'))).rejects.toMatchObject(HIDDEN);
    const nnunet = { id: 501, labels: 'semantic' as const, folds: 1, seed: 1 };
    const papers = { licenceFile: null, citationFile: null, aboutFile: null };
    const request = { dataset: DATASET, version: first, into: join(root, 'raw'), format: 'nnunet' as const, nnunet };
    await expect(exportVersion(store, { ...request, ...papers })).rejects.toMatchObject(HIDDEN);
    const greedy = await seenModel(store, 'greedy', { version: first, patientsSeen: ['1', '3'] });
    const registry = createModelRegistryActivities({ store });
    await expect(registry.registerModel({ dataset: DATASET, model: greedy })).rejects.toMatchObject(HIDDEN);
    expect((await verifyLeaks(store, DATASET, first)).findings).toMatchObject([{ kind: 'hidden', patients: ['3'] }]);
  });

  it('keeps them out of the split and of every later version', async () => {
    const ledger = createLedgerActivities({ store });
    await ledger.splitPatients({ dataset: DATASET, validationShare: 0.4, seed: 1 });
    const second = (await ledger.publishVersion({ dataset: DATASET }))!;
    const { split, hidden } = await store.getVersion(DATASET, second);
    expect(Object.keys(split)).toEqual(['1', '2', '5']);
    expect(hidden).toEqual(['3', '4']);
    expect((await verifyLeaks(store, DATASET, second)).findings).toEqual([]);
    await expect(
      createEvaluateActivities({ store }).planEvaluation({ dataset: DATASET, version: second, model }),
    ).resolves.toMatchObject({ known: null });
    // By hand into the catalog: then nothing is published at all.
    await records.updateCatalog((catalog) => ({ ...catalog, series: [...catalog.series, series['4']!] }));
    await records.updateCatalog((catalog) => ({ ...catalog, split: { ...catalog.split, 4: 'train' } }));
    await expect(ledger.publishVersion({ dataset: DATASET })).rejects.toMatchObject(HIDDEN);
    await hide('4');
    expect((await records.catalog()).split).not.toHaveProperty('4');
  });

  it('keeps them out at ingest: by patient, by study under another patient, by image under another name', async () => {
    const folder = cohort('again', { '4_t1': 4, '4_t2': 42, '8_t1': 4, '9_t1': 9 });
    await Promise.all(folder.written);
    const { summary } = await ingest(folder.path);
    expect(summary.added).toBe(1);
    expect(summary.refused.map(({ file, field }) => [file, field])).toEqual([
      ['images/4_t1.mha', 'patient'],
      ['images/4_t2.mha', 'patient'],
      ['images/8_t1.mha', 'content'],
    ]);
    const { series: entries } = await records.catalog();
    expect(entries.map((entry) => entry.series)).toEqual(['1_t1', '2_t1', '5_t1', '9_t1']);
    // The gate's own check, should somebody be hidden while files are on their way.
    const taken = { ...series['4']!, patient: '77' };
    const late = await createIngestLedgerActivities({ store }).commitIngest({
      dataset: DATASET,
      results: [{ name: 'late.mha', taken, refused: [] }],
    });
    expect(late).toMatchObject({ added: 0, refused: [{ file: 'late.mha', field: 'patient' }] });
  });

  it('takes marked files into the sealed bucket alone', async () => {
    const folder = cohort('marked', { '20_t1': 20, '21_t1': 21 });
    await Promise.all(folder.written);
    const before = await ordinaryKeys();
    await expect(ingest(folder.path, { hidden: ['20'], sealed: null })).rejects.toThrow('SPINDLE_SEALED_BUCKET');
    await expect(ingest(folder.path, { hidden: ['22'] })).rejects.toMatchObject({ name: 'InvalidInputError' });
    const report = await ingest(folder.path, { hidden: ['20'] });
    expect(report).toMatchObject({ hidden: ['20'], summary: { added: 2, refused: [] } });
    const entry = (await vault.catalog()).series.find((each) => each.series === '20_t1')!;
    expect(await sealed.hasObject(entry.image.digest)).toBe(true);
    expect(await store.hasObject(entry.image.digest)).toBe(false);
    const added = (await ordinaryKeys()).filter((key) => key.startsWith('objects/') && !before.includes(key));
    for (const key of added)
      expect(new TextDecoder().decode((await store.bucket.read(key))!.bytes)).not.toContain('20_t1.mha');
    expect((await records.catalog()).series.map((each) => each.patient)).not.toContain('20');
    expect(await ingest(folder.path, { hidden: ['20'] })).toMatchObject({ summary: { added: 0, unchanged: 2 } });
    // Without the mark the same folder leaves the patient out.
    expect((await ingest(folder.path)).summary.refused).toMatchObject([{ file: 'images/20_t1.mha', field: 'patient' }]);
  });

  it('takes a linked patient along only when told to, and says who had seen them', async () => {
    const request = { dataset: DATASET, patients: ['4', '1'] as [string, string], reason: 'one birth' };
    await expect(linkPatients(store, request)).rejects.toThrow('4 is of the hidden test and 1 (train) is not');
    expect((await records.catalog()).links).toBeUndefined();
    const report = await linkPatients(store, request, { client: running.client, sealed });
    expect(report).toMatchObject({ person: ['1', '4'], set: 'hidden', hid: { patients: ['1'], seenBy: [model] } });
    const { series: entries, split, hidden } = await records.catalog();
    expect(entries.map((entry) => entry.patient)).not.toContain('1');
    expect(split).not.toHaveProperty('1');
    expect(hidden?.find(({ patient }) => patient === '1')?.seenBy).toEqual([model]);
  });

  it('is a command, whose ordinary credentials do not open it', async () => {
    const env = { ...cleanEnvironment, SPINDLE_HOME: running.env['SPINDLE_HOME'] };
    const shown = await runCommandIn(env, 'patients', 'list', '--dataset', DATASET);
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/^4 +1 +hidden +– +0 +0 +1 model$/m);
    const hidden = await runCommandIn(env, 'patients', 'hide', '5', '--dataset', DATASET);
    expect(hidden).toMatchObject({ code: 0 });
    expect(hidden.stdout).toContain('5 hidden: never in train or validation again');
    expect(hidden.stdout).toContain('moved into the sealed bucket: 5_t1');
    expect((await runCommandIn(env, 'patients', 'hide', '99', '--dataset', DATASET)).code).toBe(3);
  });

  function cohort(name: string, images: Record<string, number>): { path: string; written: Promise<void>[] } {
    const path = join(root, name);
    mkdirSync(join(path, 'images'), { recursive: true });
    const written = Object.entries(images).map(async ([id, value]) =>
      writeFileSync(join(path, 'images', `${id}.mha`), await encodeMha(smallVolume(value))),
    );
    return { path, written };
  }

  function ingest(folder: string, options: { hidden?: string[]; sealed?: ObjectStore | null } = {}) {
    const opened = options.sealed === undefined ? sealed : options.sealed;
    const deps = { client: running.client, store, sealed: async () => opened };
    const request = { dataset: DATASET, folder, mapping: null, hidden: options.hidden ?? [], pollMs: 50 };
    return ingestCohortFolder(deps, request);
  }

  async function ordinaryKeys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of store.bucket.list('')) keys.push(key);
    return keys;
  }
});

import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIngestGateActivities, createIngestLedgerActivities } from '../../../activities/ingest.ts';
import { createLedgerActivities } from '../../../activities/ledger.ts';
import { createReproducePlanActivities } from '../../../activities/reproduce-plan.ts';
import { DatasetRecords } from '../../../adapters/dataset-records.ts';
import { asMask, decodeMha } from '../../../adapters/volume.ts';
import { exportVersion, type ExportRequest } from '../../../client/exports/export-version.ts';
import { importRelease, type ImportReport } from '../../../client/imports/import-release.ts';
import type { CatalogSeries, SplitSet } from '../../../core/catalog.ts';
import type { Digest } from '../../../core/ids.ts';
import type { Manifest } from '../../../core/manifest.ts';
import { QUEUE } from '../../../core/queues.ts';
import { runCommandIn } from '../../support/command-line.ts';
import { towerSeries } from '../exports/spine-version.ts';
import { publish, stored } from '../small-dataset.ts';
import { asSomebodyElse, asSomebodyElsesNnunet } from './foreign-folders.ts';
import { startTemporalAndStore, type Running } from '../temporal-worker.ts';

// Real servers, the real workflows and the real gate. A version is exported and taken in again under another name.
describe('importing a release', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-import-test-'));
  let running: Running;
  let version: Digest;
  let manifest: Manifest;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    const { store } = running;
    await running.work(QUEUE.orchestrate, 'workflows/index.ts', {
      ...createIngestLedgerActivities({ store }),
      ...createLedgerActivities({ store }),
    });
    await running.work(QUEUE.imaging, null, createIngestGateActivities({ store }));
    // Patient p-20 has two studies; in the second nobody annotated the canal.
    const series = [
      await towerSeries(store, '1_t1', 'PIR'),
      await towerSeries(store, '2_t2', 'LPS'),
      { ...(await towerSeries(store, '20_t2_SPACE', 'LPS')), patient: 'p-20' },
      { ...(await withoutCanal(await towerSeries(store, '21_t1', 'PIR'))), patient: 'p-20' },
    ];
    version = await publish(store, 'towers', series, { 1: 'train', 2: 'validation', 'p-20': 'validation' });
    manifest = await store.getVersion('towers', version);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  async function withoutCanal(entry: CatalogSeries): Promise<CatalogSeries> {
    const mask = asMask(await decodeMha(await running.store.getObject(entry.reference!.mask.digest), 'mask'), 'mask');
    const voxels = mask.voxels.map((label) => (label === 100 ? 0 : label));
    return {
      ...entry,
      reference: {
        ...entry.reference!,
        mask: await stored(running.store, { ...mask, voxels }),
        labels: [1, 2, 201, 202],
        annotatedClasses: ['vertebra', 'disc'],
      },
    };
  }

  async function exported(format: ExportRequest['format'], labels: 'semantic' | 'instances' = 'semantic') {
    const into = mkdtempSync(join(root, `${format}-`));
    const none = { licenceFile: null, citationFile: null, aboutFile: null };
    const nnunet = { id: 501, labels, folds: 1, seed: 1 };
    return (await exportVersion(running.store, { dataset: 'towers', version, into, format, ...none, nnunet })).folder;
  }

  function import_(dataset: string, folder: string, more: { labels?: string; onStep?: (step: string) => void } = {}) {
    const { client, store } = running;
    const { labels = null, onStep = () => {} } = more;
    const request = { dataset, folder, labels, validationShare: 0.5, seed: 1, pollMs: 50 };
    return importRelease({ client, store }, request, onStep);
  }

  /** What makes a reference, and whose it is; bytes may differ with the zlib that wrote them, voxels may not. */
  const content = ({ series, split }: Manifest) => ({
    split,
    series: series.map(({ series: id, patient, hospital, sex, overview, grid, image, reference }) => ({
      ...{ id, patient, hospital, sex, overview, grid },
      image: image.voxelDigest,
      mask: reference.mask.voxelDigest,
      labels: reference.labels,
      classes: reference.annotatedClasses,
    })),
  });

  const imported = async ({ dataset, version: digest }: ImportReport) => running.store.getVersion(dataset, digest);

  it('gives the same voxels, patients and sets again, as a first version', async () => {
    const report = await import_('again', await exported('spider'));
    expect(report).toMatchObject({ layout: 'spider', train: 1, validation: 2, drawn: 0 });
    expect(report.ingest.summary).toEqual({ added: 4, unchanged: 0, masks: 4, refused: [] });
    const got = await imported(report);
    expect(got).toMatchObject({ dataset: 'again', parent: null });
    expect(content(got)).toEqual(content(manifest));
    expect(got.series.map(({ reference }) => [reference.origin, reference.round])).toEqual(Array(4).fill(['given', 0]));
  });

  it('gives the same version when asked again', async () => {
    const folder = await exported('croissant');
    const first = await import_('twice', folder);
    const again = await import_('twice', folder);
    expect(again.version).toBe(first.version);
    expect(again.ingest).toMatchObject({ workflow: null, summary: { added: 0, unchanged: 4 } });
  });

  it('goes on after an interruption', async () => {
    const folder = await exported('spider');
    const stop = new Error('stopped');
    const onStep = (step: string) => {
      if (step === 'upload') throw stop;
    };
    await expect(import_('broken-off', folder, { onStep })).rejects.toBe(stop);
    expect(content(await imported(await import_('broken-off', folder)))).toEqual(content(manifest));
  });

  it('keeps validation patients where they are as the dataset grows', async () => {
    const report = await import_('grown', await exported('spider'));
    const { store, client } = running;
    const records = new DatasetRecords(store, 'grown');
    const more = await Promise.all(['30_t1', '31_t1', '32_t1'].map((id) => towerSeries(store, id, 'LPS')));
    await records.updateCatalog((catalog) => ({ ...catalog, series: [...catalog.series, ...more] }));
    // A share so small that a split drawn anew would have one validation patient.
    const args = [{ dataset: 'grown', round: 1, stage: 'freeze', validationShare: 0.01, seed: 9 }];
    const next = await client.workflow.execute<(input: object) => Promise<string>>('publishVersion', {
      workflowId: 'publish/grown/1/freeze',
      taskQueue: QUEUE.orchestrate,
      args: args as [object],
    });
    const { parent, split } = await store.getVersion('grown', next);
    expect(parent).toBe(report.version);
    expect(split).toEqual({ 1: 'train', 2: 'validation', 30: 'train', 31: 'train', 32: 'train', 'p-20': 'validation' });
  });

  it('records the sets it was given, so that the split can be derived again', async () => {
    const folder = await foreignRelease();
    const { dataset, version: first } = await import_('derived', folder);
    const { store } = running;
    const splitOf = async (digest: Digest) => {
      const checks = await createReproducePlanActivities({ store }).reproduceBooks({ dataset, version: digest });
      return checks.find(({ what }) => what === 'split')!;
    };
    expect(await splitOf(first)).toMatchObject({ outcome: 'equal' });
    // A manifest that nobody imported, with a patient in the other set: nothing says how that came to be.
    const manifestNow = await store.getVersion(dataset, first);
    const split: Record<string, SplitSet> = { ...manifestNow.split, 1: 'validation' };
    const series = manifestNow.series.map((entry) => ({ ...entry, split: split[entry.patient]! }));
    const other = await store.putVersion(dataset, { ...manifestNow, series, split });
    expect(await splitOf(other)).toMatchObject({ outcome: 'impossible' });
    // A record that says otherwise than the version.
    const records = new DatasetRecords(store, dataset);
    await records.recordImport({ ...(await records.importOf(first))!, version: other });
    expect(await splitOf(other)).toMatchObject({
      outcome: 'different',
      detail: '1 patients would be in the other set',
    });
  });

  it('draws patients whom the table gives no set, and lists what is refused', async () => {
    const folder = await foreignRelease();
    writeFileSync(join(folder, 'masks/21_t1.mha'), 'no MHA');
    const report = await import_('drawn', folder);
    // 1 and 20 as published; half of three is rounded to two, so 2 validates beside 20.
    expect(report).toMatchObject({ train: 1, validation: 2, drawn: 1 });
    expect((await imported(report)).split).toEqual({ 1: 'train', 2: 'validation', 20: 'validation' });
    // The image goes in without its mask.
    expect(report.ingest.summary.refused).toMatchObject([{ file: 'masks/21_t1.mha' }]);
    const { series } = await new DatasetRecords(running.store, 'drawn').catalog();
    expect(series.map((entry) => [entry.series, entry.reference !== null])).toContainEqual(['21_t1', false]);
  });

  it('refuses a set that is neither training nor validation', async () => {
    const folder = await foreignRelease();
    writeFileSync(join(folder, 'overview.csv'), 'new_file_name,subset\n1_t1,training\n2_t2,test\n');
    await expect(import_('hidden', folder)).rejects.toThrow('subset of 2_t2: expected training or validation');
    expect(await new DatasetRecords(running.store, 'hidden').exists()).toBe(false);
  });

  it('refuses a dataset that has gone on, and a patient who would be moved', async () => {
    await import_('taken', await exported('spider'));
    const other = mkdtempSync(join(root, 'other-'));
    mkdirSync(join(other, 'images'));
    copyFileSync(join(await exported('spider'), 'images/1_t1.mha'), join(other, 'images/1_t1.mha'));
    await expect(import_('taken', other)).rejects.toMatchObject({ name: 'ConflictError' });
    const moved = await foreignRelease();
    writeFileSync(join(moved, 'overview.csv'), 'new_file_name,subset\n2_t2,training\n');
    await expect(import_('taken', moved)).rejects.toThrow(
      'patient 2 is in validation of dataset "taken" already, not in train',
    );
  });

  it('refuses a folder that is no release', async () => {
    const folder = mkdtempSync(join(root, 'none-'));
    await expect(import_('none', folder)).rejects.toThrow(
      'or dataset.json, imagesTr/ and labelsTr/, got another layout',
    );
    mkdirSync(join(folder, 'images'));
    await expect(import_('none', folder)).rejects.toThrow('masks: expected one at least that passes the gates');
  });

  it('is a command that says what came of it', async () => {
    const spindle = (...args: string[]) => runCommandIn(running.env, 'versions', 'import', ...args);
    const folder = await exported('spider');
    const { code, stdout, stderr } = await spindle(folder, '--dataset', 'told');
    expect({ code, stdout: stdout.replace(/[0-9a-f]{12}/, '<version>') }).toEqual({
      code: 0,
      stdout:
        'told: version <version>, 1 patients train, 2 validate (0 of them drawn)\n' +
        '4 series added, 0 were there already, 4 references, 0 refused\n',
    });
    // Four images and three masks: two towers alike have the same.
    expect(stderr).toContain('upload: 7/7');
    expect(await spindle(folder)).toMatchObject({ code: 2, stdout: '' });
    expect(await spindle(root, '--dataset', 'told')).toMatchObject({ code: 2 });
  });

  describe('that is an nnU-Net dataset', () => {
    it('gives the same voxels again from numbered instances', async () => {
      const folder = await exported('nnunet', 'instances');
      const report = await import_('instances', folder);
      expect(report).toMatchObject({ layout: 'nnunet', train: 1, validation: 2, drawn: 0 });
      expect(content(await imported(report))).toEqual(content(manifest));
    });

    it('numbers structures where only classes are known', async () => {
      const report = await import_('classes', await exported('nnunet', 'semantic'));
      // The towers' blocks don't touch, so that counting them gives back what they were.
      expect(content(await imported(report))).toEqual(content(manifest));
    });

    it('of another maker is read by its names, from NIfTI, with its cases told', async () => {
      const folder = await foreignNnunet();
      await expect(import_('unnamed', folder)).rejects.toThrow('masks: expected one at least that passes the gates');
      const labels = join(root, 'cases.json');
      const structures = ['background', 'vertebra', 'disc', 'canal'].map((name, number) => ({
        ...{ number, name, spider: null },
        class: number === 0 ? null : name,
      }));
      const cases = { spine_007: { series: '7_t1', patient: 'p-7', hospital: 'EXT' }, spine_008: { series: '8_t2' } };
      const mapping = { schema: 'spindle.nnunet-labels/1', labelling: 'semantic', labels: structures, cases };
      writeFileSync(labels, JSON.stringify(mapping));
      const report = await import_('foreign', folder, { labels });
      const { series, split } = await imported(report);
      expect(split).toEqual({ 8: 'train', 'p-7': 'validation' });
      expect(series.map(({ patient, hospital, reference }) => [patient, hospital, reference.labels])).toEqual([
        ['p-7', 'EXT', [1, 2, 100, 201, 202]],
        ['8', 'unknown', [1, 2, 100, 201, 202]],
      ]);
    });

    it('is refused when a patient is in both sets of fold 0', async () => {
      const folder = await exported('nnunet', 'instances');
      const splits = [{ train: ['1_t1', '20_t2_SPACE'], val: ['2_t2', '21_t1'] }];
      writeFileSync(join(folder, 'splits_final.json'), JSON.stringify(splits));
      await expect(import_('leaky', folder)).rejects.toThrow(
        'set of 21_t1: expected train, as for other series of the patient, got validation',
      );
    });

    it('is refused with numbers that nobody explains', async () => {
      const folder = await exported('nnunet', 'instances');
      rmSync(join(folder, 'label_mapping.json'));
      await expect(import_('riddle', folder)).rejects.toThrow('dataset.json: labels: expected background, vertebra');
    });
  });

  const foreignRelease = async () => asSomebodyElse(await exported('spider'), mkdtempSync(join(root, 'foreign-')));
  const foreignNnunet = async () => asSomebodyElsesNnunet(await exported('nnunet'), mkdtempSync(join(root, 'nnunet-')));
});

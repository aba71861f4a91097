import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIngestGateActivities, createIngestLedgerActivities } from '../../activities/ingest.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { encodeMha } from '../../adapters/volume.ts';
import { ingestCohortFolder } from '../../client/cohort-ingest.ts';
import { QUEUE } from '../../core/queues.ts';
import { smallVolume } from './small-dataset.ts';
import { startTemporalAndStore, type Running } from './temporal-worker.ts';

// Real servers, the real workflow and the real gate; three patients and one of each defect.
describe('ingesting a cohort', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-ingest-'));
  const file = (name: string) => join(folder, name);
  let running: Running;

  beforeAll(async () => {
    running = await startTemporalAndStore();
    const { store } = running;
    for (const name of ['images', 'masks']) mkdirSync(file(name));
    await image('1_t1', 11);
    await image('1_t2', 12);
    await image('2_t1', 21);
    writeFileSync(file('images/3_t1.mha'), 'ObjectType = Image\n');
    copyFileSync(file('images/1_t1.mha'), file('images/4_t1.mha'));
    // Label 90 means nothing to SPIDER; the image goes in without a reference.
    writeFileSync(file('masks/1_t2.mha'), await encodeMha(smallVolume(90)));
    await running.work(QUEUE.orchestrate, 'workflows/ingest-cohort.ts', createIngestLedgerActivities({ store }));
    await running.work(QUEUE.imaging, null, createIngestGateActivities({ store }));
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes in what is right and says what is wrong', async () => {
    const steps: string[] = [];
    const report = await ingest((step) => void steps.push(step));
    expect(report).toMatchObject({ dataset: 'small', series: 5, summary: { added: 3, unchanged: 0, masks: 0 } });
    expect(report.summary.refused.map(({ file: name }) => name)).toEqual([
      'images/4_t1.mha', // the bytes of 1_t1
      'masks/1_t2.mha',
      'images/3_t1.mha',
    ]);
    expect(report.summary.refused[0]).toMatchObject({ field: 'content', got: 'that of 1_t1' });
    // Five series read; four images and a mask uploaded.
    expect(steps.filter((step) => step === 'read')).toHaveLength(5);
    expect(steps.filter((step) => step === 'upload')).toHaveLength(5);
    const { series } = await new DatasetRecords(running.store, 'small').catalog();
    expect(series.map((entry) => entry.series)).toEqual(['1_t1', '1_t2', '2_t1']);
  });

  it('leaves no uploads behind', async () => {
    for await (const { key } of running.store.bucket.list('uploads/')) throw new Error(`${key} is still there`);
  });

  it('uploads nothing that is stored already, and takes what is new', async () => {
    rmSync(file('images/3_t1.mha'));
    rmSync(file('images/4_t1.mha'));
    rmSync(file('masks/1_t2.mha'));
    expect(await ingest()).toMatchObject({ summary: { added: 0, unchanged: 3, refused: [] }, workflow: null });
    await image('20_t1', 200);
    const uploads: string[] = [];
    const report = await ingest((step, _done, _total, name) => step === 'upload' && uploads.push(name));
    expect(report).toMatchObject({ summary: { added: 1, unchanged: 3, refused: [] } });
    expect(uploads).toEqual(['images/20_t1.mha']);
  });

  it('refuses another image under a known name, and leaves the stored one as it is', async () => {
    const before = await new DatasetRecords(running.store, 'small').catalog();
    await image('2_t1', 22);
    const { summary } = await ingest();
    expect(summary).toMatchObject({ added: 0, unchanged: 3 });
    expect(summary.refused).toMatchObject([{ file: 'images/2_t1.mha', field: 'series' }]);
    expect(await new DatasetRecords(running.store, 'small').catalog()).toEqual(before);
  });

  it('goes on after an interruption with what was not uploaded yet', async () => {
    for (const patient of [31, 32, 33, 34, 35]) await image(`${patient}_t1`, patient);
    const stop = new Error('stopped');
    const stopAtFirstUpload = (step: string) => {
      if (step === 'upload') throw stop;
    };
    await expect(ingest(stopAtFirstUpload)).rejects.toBe(stop);
    const there: string[] = [];
    for await (const { key } of running.store.bucket.list('uploads/')) there.push(key);
    const uploads: string[] = [];
    const report = await ingest((step, _done, _total, name) => step === 'upload' && uploads.push(name));
    expect(report.summary.added).toBe(5);
    // Six images are new to the store: the five and the 2_t1 that is refused again.
    expect(there.length).toBeGreaterThan(0);
    expect(uploads).toHaveLength(6 - there.length);
  });

  function ingest(onProgress?: (step: string, done: number, total: number, name: string) => unknown) {
    const { client, store } = running;
    const request = { dataset: 'small', folder, mapping: null, pollMs: 50 };
    return ingestCohortFolder({ client, store }, request, (...progress) => void onProgress?.(...progress));
  }

  async function image(series: string, value: number): Promise<void> {
    writeFileSync(file(`images/${series}.mha`), await encodeMha(smallVolume(value)));
  }
});

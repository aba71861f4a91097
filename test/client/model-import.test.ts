import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { importModel } from '../../client/model-import.ts';
import { listModels, resolveModel } from '../../client/models.ts';
import { sha256 } from '../../adapters/volume.ts';
import { BLOCK_ONNX, blockCard } from '../adapters/segmenter/block-tower.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { smallSeries } from './small-dataset.ts';

const MODEL = sha256(BLOCK_ONNX);

describe('a model that was trained elsewhere', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-import-'));
  let running: TestStore;
  let store: ObjectStore;
  let dataset: string;
  let count = 0;

  /** A folder as a trainer leaves it; the model has seen patients 900 and 901. */
  function folderOf(changes: object = {}, without?: string): string {
    const folder = mkdtempSync(join(root, 'model-'));
    const card = { ...blockCard(), patientsSeen: ['900', '901'], ...changes };
    const files = {
      'model.onnx': BLOCK_ONNX,
      'model-card.json': JSON.stringify(card),
      'weights.pt': 'w',
      'curves.jsonl': '',
    };
    for (const [name, content] of Object.entries(files))
      if (name !== without) writeFileSync(join(folder, name), content);
    return folder;
  }

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });
  beforeEach(async () => {
    dataset = `set-${++count}`;
    const series = [await smallSeries(store, '1_t2', 1), await smallSeries(store, '901_t2', 2)];
    await new DatasetRecords(store, dataset).updateCatalog((catalog) => ({
      ...catalog,
      series,
      split: { '1': 'validation', '901': 'train' },
    }));
  });

  it('serves when it is told to and none does, and is resolved like any other', async () => {
    const added = await importModel(store, dataset, folderOf(), { serve: true });
    expect(added).toMatchObject({ serves: true, patientsSeen: 2, ownPatientsSeen: ['901'] });
    expect(added.record).toMatchObject({ model: MODEL, round: 0, trainer: 'iis', preset: 'demo' });
    expect((await resolveModel(store, dataset, 'serving')).model).toBe(MODEL);
    expect(Buffer.from(await store.getObject(added.record.weights.digest)).toString()).toBe('w');
  });

  it('is taken in once; without --serve it does not serve', async () => {
    expect((await importModel(store, dataset, folderOf())).serves).toBe(false);
    expect((await importModel(store, dataset, folderOf(), { serve: true })).serves).toBe(true);
    expect((await listModels(store, dataset)).models.map(({ model }) => model)).toEqual([MODEL]);
  });

  it('does not push another one off its place', async () => {
    const other = 'd'.repeat(64);
    await new DatasetRecords(store, dataset).updateModels((registry) => ({ ...registry, champion: other }));
    await expect(importModel(store, dataset, folderOf(), { serve: true })).rejects.toThrow(
      `model dddddddddddd of dataset "${dataset}" serves; only a round replaces it`,
    );
    expect((await listModels(store, dataset)).models).toEqual([]);
  });

  it.each([
    ['has learned from a validation patient', { patientsSeen: ['1', '900'] }, undefined, 'has seen in training: 1'],
    ['has a card of other bytes', { onnx: { digest: 'e'.repeat(64), bytes: 5, opset: 17 } }, undefined, 'onnx.digest'],
    ['has no weights', {}, 'weights.pt', "expected the model's weights, got ENOENT"],
    ['has no card', {}, 'model-card.json', 'expected the model card beside the ONNX file, got ENOENT'],
    ['is on another network', { network: { ...blockCard().network, patch: [8, 8, 8] } }, undefined, 'input patch'],
  ])('is refused when it %s, and nothing is registered', async (_, changes, without, message) => {
    await expect(importModel(store, dataset, folderOf(changes, without), { serve: true })).rejects.toThrow(message);
    expect(await listModels(store, dataset)).toEqual({ champion: null, models: [] });
  });

  it('is refused when it has learned from a hidden patient', async () => {
    await new DatasetRecords(store, dataset).updateCatalog((catalog) => ({
      ...catalog,
      hidden: [{ patient: '900', reason: 'test' }],
    }));
    await expect(importModel(store, dataset, folderOf())).rejects.toThrow('expected no hidden-test patient, got 900');
  });
});

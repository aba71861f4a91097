import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { readModelFolder } from '../../adapters/model-folder.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { checkoutModel, resolveModel } from '../../client/models.ts';
import { BLOCK_ONNX, blockCard } from '../adapters/segmenter/block-tower.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';

describe('models', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-models-'));
  let running: TestStore;
  let store: ObjectStore;
  let model: string;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    const onnx = await store.putObject(BLOCK_ONNX);
    model = onnx.digest;
    const record = {
      model,
      onnx,
      card: await store.putJson(blockCard()),
      weights: await store.putObject(new TextEncoder().encode('weights')),
      curves: await store.putObject(new TextEncoder().encode('{}\n')),
      trainer: 'iis',
      preset: 'demo' as const,
      round: 1,
      version: 'b'.repeat(64),
      evaluations: [],
    };
    await new DatasetRecords(store, 'spider').updateModels((registry) => ({ ...registry, models: [record] }));
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('are found by a digest or its beginning; "serving" only once one serves', async () => {
    expect((await resolveModel(store, 'spider', model)).model).toBe(model);
    expect((await resolveModel(store, 'spider', model.slice(0, 6))).model).toBe(model);
    await expect(resolveModel(store, 'spider', 'serving')).rejects.toThrow('no model of dataset "spider" serves yet');
    await expect(resolveModel(store, 'spider', '0000')).rejects.toThrow('has no model 0000');
    await expect(resolveModel(store, 'spider', 'latest')).rejects.toThrow('"serving", or at least 4 characters');
    await new DatasetRecords(store, 'spider').updateModels((registry) => ({ ...registry, champion: model }));
    expect((await resolveModel(store, 'spider', 'serving')).model).toBe(model);
  });

  it('are checked out as a folder that is read as a model, and nothing foreign is touched', async () => {
    const record = await resolveModel(store, 'spider', model);
    const folder = join(root, 'out');
    await checkoutModel(store, record, folder);
    expect(readdirSync(folder).sort()).toEqual(['curves.jsonl', 'model-card.json', 'model.onnx', 'weights.pt']);
    expect(Buffer.from((await readModelFolder(folder)).onnx)).toEqual(BLOCK_ONNX);
    expect((await readModelFolder(join(folder, 'model.onnx'))).card).toEqual(blockCard());
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    await expect(checkoutModel(store, record, folder)).rejects.toThrow('holds other files, such as notes.txt');
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });
});

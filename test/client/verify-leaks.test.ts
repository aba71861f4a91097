import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLedgerActivities } from '../../activities/ledger.ts';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { sha256 } from '../../adapters/volume.ts';
import { checkoutVersion } from '../../client/checkout.ts';
import { verifyFolderLeaks, verifyLeaks } from '../../client/verify-leaks.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import type { Digest } from '../../core/ids.ts';
import { blockCard } from '../adapters/segmenter/block-tower.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { smallSeries } from './small-dataset.ts';

describe('the leak proof', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-leaks-'));
  const DATASET = 'spider';
  let running: TestStore;
  let store: ObjectStore;
  let records: DatasetRecords;
  let first: Digest;

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    records = new DatasetRecords(store, DATASET);
    const series = [await smallSeries(store, '1_t1', 1), await smallSeries(store, '2_t1', 2)];
    await records.updateCatalog((catalog) => ({ ...catalog, series, split: { 1: 'train', 2: 'validation' } }));
    first = await publishCatalog();
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  async function publishCatalog(): Promise<Digest> {
    return (await createLedgerActivities({ store }).publishVersion({ dataset: DATASET }))!;
  }

  /** Registers a model that has seen the patients. */
  async function register(name: string, patientsSeen: string[], serves = false): Promise<Digest> {
    const onnx = await store.putObject(new TextEncoder().encode(name));
    const card = await store.putJson({ ...blockCard(), patientsSeen, onnx: { ...onnx, opset: 17 } });
    const file = { digest: onnx.digest, bytes: 1 };
    const kind = { trainer: 'iis', preset: 'demo' as const, round: 1, version: first, evaluations: [] };
    await records.updateModels((registry) => ({
      ...registry,
      champion: serves ? onnx.digest : registry.champion,
      models: [...registry.models, { model: onnx.digest, onnx, card, weights: file, curves: file, ...kind }],
    }));
    return onnx.digest;
  }

  it('is in every manifest that is published, and keeps no content from being the same', async () => {
    expect((await store.getVersion(DATASET, first)).leakProof).toEqual({ schema: 'spindle.leak-proof/1', models: [] });
    const model = await register('honest', ['1'], true);
    expect(await publishCatalog()).toBe(first);
    const added = await smallSeries(store, '1_t2', 3);
    await records.updateCatalog((catalog) => ({ ...catalog, series: [...catalog.series, added] }));
    const { leakProof } = await store.getVersion(DATASET, await publishCatalog());
    expect(leakProof?.models).toEqual([
      { model, version: first, parent: null, serves: true, evaluatedOn: [], patientsSeen: ['1'] },
    ]);
    const report = await verifyLeaks(store, DATASET, first);
    expect(report).toMatchObject({ findings: [], models: [{ model, from: ['registry'], seen: 1 }] });
  });

  it('names a registered model that was trained on a version and has seen its validation patients', async () => {
    const model = await register('greedy', ['1', '2']);
    const main = (await records.mainVersion())!;
    expect((await verifyLeaks(store, DATASET, main)).findings).toEqual([]);
    expect((await verifyLeaks(store, DATASET, first)).findings).toEqual([
      { kind: 'trained', model, patients: ['2'], series: [] },
    ]);
    await records.updateModels((registry) => ({ ...registry, champion: model }));
    expect((await verifyLeaks(store, DATASET, main)).findings).toMatchObject([{ kind: 'serves', model }]);
  });

  it('is checked offline from version.json and cards', async () => {
    const out = join(root, 'out');
    const main = (await records.mainVersion())!;
    await checkoutVersion(store, DATASET, main, out);
    const honest = await verifyFolderLeaks(out);
    expect(honest).toMatchObject({ version: main, findings: [], models: [{ from: ['manifest'], serves: true }] });
    const card = join(root, 'model-card.json');
    writeFileSync(card, JSON.stringify({ ...blockCard(), patientsSeen: ['2'] }));
    expect((await verifyFolderLeaks(out, [card])).findings).toMatchObject([{ kind: 'given', patients: ['2'] }]);
    expect((await verifyFolderLeaks(out, [root])).findings).toHaveLength(1);
    await expect(verifyFolderLeaks(out, [join(out, 'none')])).rejects.toMatchObject({ name: 'InvalidInputError' });
  });

  it('may be absent: an older manifest reads as before, under the same digest', async () => {
    const { leakProof: _, ...older } = await store.getVersion(DATASET, first);
    const digest = await store.putVersion(DATASET, older);
    expect(digest).toBe(sha256(new TextEncoder().encode(canonicalJson(older))));
    expect(await store.getVersion(DATASET, digest)).toEqual(older);
    expect(digest).not.toBe(first);
    expect((await verifyLeaks(store, DATASET, digest)).models.every(({ from }) => from.includes('registry'))).toBe(
      true,
    );
  });
});

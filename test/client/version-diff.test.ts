import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import { PREDICTION_COLOUR } from '../../adapters/evaluation/picture.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { versionDiffPage } from '../../adapters/report/version-diff-page.ts';
import { diffVersions, drawChanges } from '../../client/version-diff.ts';
import type { CatalogSeries } from '../../core/catalog.ts';
import type { Digest } from '../../core/ids.ts';
import { renumberingWords, summaryWords } from '../../core/version-diff-words.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';
import { publish, SMALL_GRID, smallSeries, smallVolume, stored } from './small-dataset.ts';

describe('diffVersions', () => {
  const root = mkdtempSync(join(tmpdir(), 'spindle-diff-'));
  let running: TestStore;
  let store: ObjectStore;
  let versions: [Digest, Digest];

  beforeAll(async () => {
    running = await startTestStore(root);
    ({ store } = running);
    const series = await Promise.all(
      (['1_t1', '2_t1', '3_t1', '4_t1'] as const).map((name, at) => smallSeries(store, name, at)),
    );
    const [one, two, three, four] = series as [CatalogSeries, CatalogSeries, CatalogSeries, CatalogSeries];
    const first = await publish(store, 'spider', series, { 1: 'train', 2: 'train', 3: 'train', 4: 'validation' });
    // One is redrawn: its last 6 of 24 voxels become background. Two is renumbered. Three has another size. Four stays.
    const redrawn = smallVolume(1);
    redrawn.voxels.fill(0, 18);
    const smaller = { ...smallVolume(1), grid: { ...SMALL_GRID, size: [4, 3, 1] as [number, number, number] } };
    const changed = [
      await withMask(one, redrawn),
      await withMask(two, smallVolume(2)),
      { ...(await withMask(three, { ...smaller, voxels: new Int16Array(12).fill(1) })), grid: smaller.grid },
      four,
      await smallSeries(store, '5_t1', 9),
    ];
    const split = { 1: 'train', 2: 'train', 3: 'train', 4: 'validation', 5: 'train' } as const;
    versions = [first, await publish(store, 'spider', changed, split)];
  });
  afterAll(async () => {
    await running.stop();
    rmSync(root, { recursive: true, force: true });
  });

  async function withMask(entry: CatalogSeries, mask: ReturnType<typeof smallVolume>): Promise<CatalogSeries> {
    return { ...entry, reference: { ...entry.reference!, mask: await stored(store, mask), round: 2 } };
  }

  it('reads the changed masks only', async () => {
    const read = vi.spyOn(store.bucket, 'read');
    const diff = await diffVersions(store, 'spider', versions);
    const objects = read.mock.calls.filter(([key]) => key.startsWith('objects/'));
    read.mockRestore();
    // Two pairs of masks: of the third the manifest says that the sizes differ.
    expect(objects).toHaveLength(4);
    expect(diff).toMatchObject({ added: ['5_t1'], removed: [], same: 1, patients: { added: ['5'], moved: [] } });
    expect(diff.changed.map(({ series, comparison }) => [series, comparison])).toMatchObject([
      [
        '1_t1',
        // 18 of 24 and 18 voxels are the same
        { comparable: true, voxelsChanged: 6, voxelsRedrawn: 6, dice: 36 / 42, renumbered: [] },
      ],
      ['2_t1', { comparable: true, voxelsChanged: 24, voxelsRedrawn: 0, dice: 0, renumbered: [{ shift: 1 }] }],
      ['3_t1', { comparable: false, reason: 'the grid has 4 x 3 x 1 voxels instead of 4 x 3 x 2' }],
    ]);
    expect(summaryWords(diff)).toEqual([
      '1 series added',
      '1 patient added',
      '3 masks changed (30 voxels)',
      '1 mask renumbered',
      '1 grid changed',
      '3 references of other origin',
      '1 series the same',
    ]);
  });

  it('tells what was excluded in the rounds between', async () => {
    const before = await new DatasetRecords(store, 'spider').updateCatalog((catalog) => catalog);
    expect(before.series).toEqual([]);
    const excluded = async (name: '6_t1' | '7_t1' | '8_t1', round: number) => ({
      ...(await smallSeries(store, name, 1)),
      reference: null,
      excluded: { reason: 'motion', round },
    });
    const series = [await excluded('6_t1', 2), await excluded('7_t1', 3), await excluded('8_t1', 0)];
    await new DatasetRecords(store, 'spider').updateCatalog((catalog) => ({ ...catalog, series }));
    // The newer version's references are of round 2, the older one's of round 0.
    expect((await diffVersions(store, 'spider', versions)).excluded).toEqual([
      { series: '6_t1', round: 2, reason: 'motion' },
    ]);
    const [before1, after1] = versions;
    expect((await diffVersions(store, 'spider', [after1, before1])).excluded).toEqual([]);
  });

  it('makes a page by itself, with a picture of what was redrawn', async () => {
    const diff = await diffVersions(store, 'spider', versions);
    const pictures = await drawChanges(store, diff, 8);
    expect(pictures.map(({ series }) => series)).toEqual(['1_t1']);
    const { data } = PNG.sync.read(Buffer.from(pictures[0]!.png));
    const outline = Buffer.from([...PREDICTION_COLOUR, 255]);
    expect(data.includes(outline)).toBe(true);
    const page = versionDiffPage(diff, pictures);
    expect(page.match(/<img /g)).toHaveLength(1);
    expect(page).toContain('data:image/png;base64,');
    expect(page).not.toMatch(/src="(?!data:)|href=|<script/);
    expect(page).toContain('vertebra 1 is now 2');
    expect(await drawChanges(store, diff, 0)).toEqual([]);
  });

  it('names runs of labels', () => {
    expect(renumberingWords({ class: 'disc', first: 201, last: 203, shift: 1 })).toBe('discs 201–203 are now 202–204');
  });
});

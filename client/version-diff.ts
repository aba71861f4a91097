import { DatasetRecords } from '../adapters/dataset-records.ts';
import { drawComparison } from '../adapters/evaluation/picture.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { streamCatalog } from '../adapters/record-stream.ts';
import type { PicturedCase } from '../adapters/report/page.ts';
import { asMask, decodeMha } from '../adapters/volume.ts';
import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import type { ManifestSeries } from '../core/manifest.ts';
import { diffMasks, mostChangedSlice, type MaskDiff } from '../core/mask-diff.ts';
import { CatalogPointer, REF } from '../core/refs.ts';
import {
  type ComparedSeries,
  type ExcludedSeries,
  type MaskComparison,
  type VersionDiff,
} from '../core/version-diff.ts';
import type { Mask } from '../core/volume.ts';
import { errataBetween } from './errata/errata-between.ts';
import { diffStored, entriesOf, type StoredDiff } from './manifest-diff.ts';

/**
 * Compares two versions. Manifests tell most of it; only masks whose voxels changed are read, two at a time, so memory holds
 * one pair and what changed, whatever the size of the versions. Throws MissingObjectError, CorruptObjectError.
 */
export async function diffVersions(
  store: ObjectStore,
  dataset: DatasetName,
  [before, after]: readonly [Digest, Digest],
  onProgress: (done: number, total: number, series: string) => void = () => {},
): Promise<VersionDiff> {
  const { diff: manifests, entries, rounds, head } = await diffStored(store, dataset, before, after);
  const { changed, ...diff } = manifests;
  const total = changed.filter(({ mask }) => mask === 'changed').length;
  let done = 0;
  const compared: ComparedSeries[] = [];
  for (const each of changed) {
    const { series, mask } = each;
    if (mask === 'changed') onProgress(done++, total, series);
    const comparison = mask === 'changed' ? await compare(store, ...entries.get(series)!) : null;
    compared.push({ ...each, comparison });
  }
  onProgress(done, total, '');
  const excluded = await excludedBetween(store, dataset, [before, after], rounds);
  const errata = await errataBetween(store, dataset, before, head);
  return { dataset, before, after, ...diff, changed: compared, excluded, errata };
}

/**
 * Pictures of the changes that changed most, the one with the lowest Dice of a structure first: the sagittal slice with most of it, the newer outlines over
 * the older. Masks that were only renumbered have none.
 */
export async function drawChanges(store: ObjectStore, diff: VersionDiff, count: number): Promise<PicturedCase[]> {
  const drawable = diff.changed.flatMap(({ series, comparison }) =>
    comparison?.comparable && comparison.voxelsRedrawn > 0 ? [{ series, ...comparison }] : [],
  );
  const lowest = ({ structures }: MaskDiff) => structures.reduce((least, { dice }) => Math.min(least, dice), 1);
  const worst = drawable.sort((a, b) => lowest(a) - lowest(b) || b.voxelsRedrawn - a.voxelsRedrawn).slice(0, count);
  const { dataset, before, after } = diff;
  const wanted = new Set(worst.map(({ series }) => series));
  const old = await entriesOf(store, dataset, before, wanted);
  const recent = await entriesOf(store, dataset, after, wanted);
  const pictures: PicturedCase[] = [];
  for (const { series } of worst) {
    const now = recent.get(series)!;
    const mask = await readMask(store, now);
    const earlier = { ...(await readMask(store, old.get(series)!)), grid: mask.grid };
    const image = await decodeMha(await store.getObject(now.image.digest), `image of ${series}`);
    const { png } = drawComparison(earlier, mask, image, mostChangedSlice(earlier, mask));
    pictures.push({ series, png });
  }
  return pictures;
}

async function readMask(store: ObjectStore, { series, reference }: ManifestSeries): Promise<Mask> {
  const name = `mask of ${series}`;
  return asMask(await decodeMha(await store.getObject(reference.mask.digest), name), name);
}

async function compare(store: ObjectStore, before: ManifestSeries, after: ManifestSeries): Promise<MaskComparison> {
  const size = before.grid.size.join(' x ');
  const now = after.grid.size.join(' x ');
  if (size !== now) return { comparable: false, reason: `the grid has ${now} voxels instead of ${size}` };
  const mask = await readMask(store, after);
  // Index by index: a corrected origin, say, moves every voxel and changes none.
  const earlier = { ...(await readMask(store, before)), grid: mask.grid };
  return { comparable: true, ...diffMasks(earlier, mask) };
}

/** What the catalog says was excluded after the round of the older version and up to that of the newer one, and is not in it. */
async function excludedBetween(
  store: ObjectStore,
  dataset: DatasetName,
  [before, after]: readonly [Digest, Digest],
  newest: StoredDiff['rounds'],
): Promise<ExcludedSeries[]> {
  const records = new DatasetRecords(store, dataset);
  const reports = await records.rounds();
  const roundOf = (version: Digest, of: number): number =>
    reports.filter((report) => report.version === version).reduce((latest, { round }) => Math.max(latest, round), of);
  const [from, to] = [roundOf(before, newest[0]), roundOf(after, newest[1])];
  const pointer = await store.readRef(dataset, REF.catalog, CatalogPointer);
  if (!pointer) return [];
  const found = new Map<SeriesId, ExcludedSeries>();
  for await (const { series, excluded } of streamCatalog(store, pointer.value.catalog)) {
    if (excluded && excluded.round > from && excluded.round <= to)
      found.set(series, { series, round: excluded.round, reason: excluded.reason });
  }
  if (found.size === 0) return [];
  for (const series of (await entriesOf(store, dataset, after, new Set(found.keys()))).keys()) found.delete(series);
  return [...found.values()];
}

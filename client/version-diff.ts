import { DatasetRecords } from '../adapters/dataset-records.ts';
import { drawComparison } from '../adapters/evaluation/picture.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import type { PicturedCase } from '../adapters/report/page.ts';
import { asMask, decodeMha } from '../adapters/volume.ts';
import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import type { Manifest, ManifestSeries } from '../core/manifest.ts';
import { diffMasks, mostChangedSlice, type MaskDiff } from '../core/mask-diff.ts';
import {
  diffManifests,
  type ComparedSeries,
  type ExcludedSeries,
  type MaskComparison,
  type VersionDiff,
} from '../core/version-diff.ts';
import type { Mask } from '../core/volume.ts';
import { readVersion } from './versions.ts';

/**
 * Compares two versions. Manifests tell most of it; only masks whose voxels changed are read, two at a time, so memory holds
 * one pair whatever the size of the versions. Throws MissingObjectError, CorruptObjectError.
 */
export async function diffVersions(
  store: ObjectStore,
  dataset: DatasetName,
  [before, after]: readonly [Digest, Digest],
  onProgress: (done: number, total: number, series: string) => void = () => {},
): Promise<VersionDiff> {
  const old = (await readVersion(store, dataset, before)).manifest;
  const recent = (await readVersion(store, dataset, after)).manifest;
  const { changed, ...diff } = diffManifests(old, recent);
  const [oldSeries, recentSeries] = [seriesOf(old), seriesOf(recent)];
  const total = changed.filter(({ mask }) => mask === 'changed').length;
  let done = 0;
  const compared: ComparedSeries[] = [];
  for (const each of changed) {
    const { series, mask } = each;
    if (mask === 'changed') onProgress(done++, total, series);
    const comparison =
      mask === 'changed' ? await compare(store, oldSeries.get(series)!, recentSeries.get(series)!) : null;
    compared.push({ ...each, comparison });
  }
  onProgress(done, total, '');
  const excluded = await excludedBetween(store, dataset, { version: before, manifest: old }, after, recent);
  return { dataset, before, after, ...diff, changed: compared, excluded };
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
  const old = seriesOf((await readVersion(store, dataset, before)).manifest);
  const recent = seriesOf((await readVersion(store, dataset, after)).manifest);
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

function seriesOf({ series }: Manifest): Map<SeriesId, ManifestSeries> {
  return new Map(series.map((entry) => [entry.series, entry]));
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
  before: { version: Digest; manifest: Manifest },
  after: Digest,
  recent: Manifest,
): Promise<ExcludedSeries[]> {
  const records = new DatasetRecords(store, dataset);
  const rounds = await records.rounds();
  const roundOf = (version: Digest, { series }: Manifest): number => {
    const published = rounds.filter((report) => report.version === version).map(({ round }) => round);
    return [...published, ...series.map(({ reference }) => reference.round)].reduce((a, b) => Math.max(a, b), 0);
  };
  const [from, to] = [roundOf(before.version, before.manifest), roundOf(after, recent)];
  const present = seriesOf(recent);
  return (await records.catalog()).series.flatMap(({ series, excluded }) => {
    if (!excluded || present.has(series) || excluded.round <= from || excluded.round > to) return [];
    return [{ series, round: excluded.round, reason: excluded.reason }];
  });
}

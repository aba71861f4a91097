import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { encodeMha, voxelDigest } from '../../adapters/volume.ts';
import { buildManifest } from '../../core/build-manifest.ts';
import { GIVEN, type CatalogSeries, type SplitSet, type StoredVolume } from '../../core/catalog.ts';
import type { Grid } from '../../core/geometry.ts';
import { parseSeriesId, type Digest, type SeriesId } from '../../core/ids.ts';
import { REF, VersionPointer } from '../../core/refs.ts';
import type { Volume } from '../../core/volume.ts';

export const SMALL_GRID: Grid = {
  size: [4, 3, 2],
  spacingMm: [1, 1, 4],
  originLpsMm: [0, 0, 0],
  direction: [1, 0, 0, 0, 1, 0, 0, 0, 1],
};

/** 24 voxels of one value. */
export function smallVolume(value: number): Volume {
  return { grid: SMALL_GRID, element: 'SHORT', voxels: new Int16Array(24).fill(value) };
}

export async function stored(store: ObjectStore, volume: Volume): Promise<StoredVolume> {
  return { ...(await store.putObject(await encodeMha(volume))), voxelDigest: voxelDigest(volume) };
}

/** A series whose image is filled with `value` and whose reference is filled with label 1. */
export async function smallSeries(store: ObjectStore, series: SeriesId, value: number): Promise<CatalogSeries> {
  const image = await stored(store, smallVolume(value));
  return {
    series,
    ...parseSeriesId(series),
    patient: parseSeriesId(series).study,
    hospital: 'RH1',
    sex: 'F',
    grid: SMALL_GRID,
    image,
    sourceDigest: image.digest,
    overview: { EchoTime: '90', PixelSpacing: '[1.0, 1.0]' },
    reference: {
      mask: await stored(store, smallVolume(1)),
      ...GIVEN,
      labels: [1, 2, 100, 201],
      incompleteVertebrae: [],
      annotatedClasses: ['vertebra', 'disc'],
    },
    excluded: null,
  };
}

/** Publishes the series as the main version. */
export async function publish(
  store: ObjectStore,
  dataset: string,
  series: CatalogSeries[],
  split: Record<string, SplitSet>,
): Promise<Digest> {
  const parent = await new DatasetRecords(store, dataset).mainVersion();
  const manifest = buildManifest({ schema: 'spindle.catalog/1', dataset, series, split }, parent);
  const version = await store.putVersion(dataset, manifest);
  const before = await store.readRef(dataset, REF.main, VersionPointer);
  await store.writeRef(dataset, REF.main, { version }, before?.etag ?? null);
  return version;
}

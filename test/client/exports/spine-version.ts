import type { ObjectStore } from '../../../adapters/object-store.ts';
import { labelsOf } from '../../../core/structures.ts';
import type { CatalogSeries, SplitSet } from '../../../core/catalog.ts';
import { parseSeriesId, type Digest, type SeriesId } from '../../../core/ids.ts';
import { tower } from '../../adapters/segmenter/block-tower.ts';
import { publish, smallSeries, stored } from '../small-dataset.ts';

/**
 * Three towers of two blocks (labels 1, 2, 100, 201, 202) of patients 1 and 20, one of them on a left-handed PIR grid; patient 1
 * trains, patient 20 validates.
 */
export async function publishTowers(store: ObjectStore, dataset: string): Promise<Digest> {
  const series = [
    await towerSeries(store, '1_t1', 'PIR'),
    await towerSeries(store, '1_t2', 'LPS'),
    await towerSeries(store, '20_t2_SPACE', 'LPS'),
  ];
  const split: Record<string, SplitSet> = { 1: 'train', 20: 'validation' };
  return publish(store, dataset, series, split);
}

export async function towerSeries(
  store: ObjectStore,
  series: SeriesId,
  orientation: 'LPS' | 'PIR',
): Promise<CatalogSeries> {
  const { image, truth } = tower({ blocks: [1, 2], size: [24, 30, 23] }, orientation);
  // Tells images apart, away from the blocks.
  image.voxels[0] = Number(parseSeriesId(series).study) * 10 + series.length;
  const mask = { grid: image.grid, element: 'SHORT', voxels: truth } as const;
  const base = await smallSeries(store, series, 1);
  const small = await stored(store, image);
  return {
    ...base,
    grid: image.grid,
    image: small,
    sourceDigest: small.digest,
    reference: {
      ...base.reference!,
      mask: await stored(store, mask),
      labels: labelsOf(mask),
      annotatedClasses: ['vertebra', 'disc', 'canal'],
    },
  };
}

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatasetRecords } from '../../adapters/dataset-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { publishCatalog } from '../../adapters/publication.ts';
import { decodeMha, encodeMha, voxelDigest } from '../../adapters/volume.ts';
import { GIVEN, type CatalogSeries, type StoredVolume } from '../../core/catalog.ts';
import type { Digest } from '../../core/ids.ts';
import { formatMhaHeader } from '../../core/mha.ts';
import type { Mask, Volume } from '../../core/volume.ts';
import { syntheticImage } from '../imaging/synthetic-image.ts';

export const BENCH_SERIES = 447;
export const DATASET = 'bench';
const SEQUENCES = ['t1', 't2'] as const;

/**
 * Publishes a version of 447 series whose images and masks are distinct files: one synthetic image and mask, shifted in space from
 * series to series, so that only the header is written anew. `size`: voxels of an image.
 */
export async function publishBenchVersion(store: ObjectStore, size: [number, number, number]): Promise<Digest> {
  const image = syntheticImage(size);
  const mask: Mask = { ...image, voxels: image.voxels.map((value, at) => label(value, at, size)) };
  const [imageStream, maskStream] = [await stream(image), await stream(mask)];
  const series: CatalogSeries[] = [];
  const split: Record<string, 'train' | 'validation'> = {};
  for (let at = 0; at < BENCH_SERIES; at++) {
    const study = String(1 + Math.floor(at / 2));
    const sequence = SEQUENCES[at % 2]!;
    const grid = { ...image.grid, originLpsMm: [at, -140, 12] as [number, number, number] };
    split[study] = Number(study) % 5 === 0 ? 'validation' : 'train';
    const stored = await put(store, { ...image, grid }, imageStream);
    series.push({
      series: `${study}_${sequence}`,
      study,
      patient: study,
      sequence,
      hospital: 'RH1',
      sex: 'F',
      grid,
      image: stored,
      sourceDigest: stored.digest,
      overview: null,
      reference: {
        mask: await put(store, { ...mask, grid }, maskStream),
        ...GIVEN,
        labels: [1, 2, 3, 4, 5],
        incompleteVertebrae: [],
        annotatedClasses: ['vertebra'],
      },
      excluded: null,
    });
  }
  await new DatasetRecords(store, DATASET).updateCatalog((catalog) => ({ ...catalog, series, split }));
  return (await publishCatalog(store, DATASET))!;
}

/** Five boxes, stacked along y. */
function label(_: number, at: number, [nx, ny, nz]: [number, number, number]): number {
  const [x, y, z] = [(at % nx) / nx, (Math.floor(at / nx) % ny) / ny, Math.floor(at / nx / ny) / nz];
  if (x < 0.4 || x > 0.6 || z < 0.2 || z > 0.8) return 0;
  const level = Math.floor(y * 7);
  return level >= 1 && level <= 5 && y * 7 - level < 0.8 ? 6 - level : 0;
}

/** What follows the header in the file of a volume. */
async function stream(volume: Volume): Promise<Uint8Array> {
  const bytes = Buffer.from(await encodeMha(volume));
  return bytes.subarray(bytes.indexOf(END) + END.length);
}

const END = 'ElementDataFile = LOCAL\n';

async function put(store: ObjectStore, volume: Volume, voxels: Uint8Array): Promise<StoredVolume> {
  const header = Buffer.from(formatMhaHeader(volume.grid, volume.element, voxels.length), 'latin1');
  return { ...(await store.putObject(Buffer.concat([header, voxels]))), voxelDigest: voxelDigest(volume) };
}

/** Changes the masks of ten series of a checkout: each loses another slab of its first structure. `turn` makes others each time. */
export async function changeMasks(folder: string, turn: number): Promise<void> {
  for (let at = 0; at < 10; at++) {
    const path = join(folder, 'masks', `${1 + at}_t1.mha`);
    const mask = await decodeMha(readFileSync(path), path);
    let left = 500 * (1 + at) + 7 * (1 + turn);
    for (let voxel = 0; left > 0 && voxel < mask.voxels.length; voxel++) {
      if (mask.voxels[voxel] !== 1) continue;
      mask.voxels[voxel] = 0;
      left--;
    }
    writeFileSync(path, await encodeMha(mask));
  }
}

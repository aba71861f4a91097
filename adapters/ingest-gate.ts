import { GIVEN, type CatalogSeries, type Reference, type StoredVolume } from '../core/catalog.ts';
import { refusals } from '../core/gate-result.ts';
import { checkMask } from '../core/gates.ts';
import type { Grid } from '../core/geometry.ts';
import { refusalOf, type IngestItem, type IngestResult, type Refusal } from '../core/ingest.ts';
import { instancesFromClasses } from '../core/instances.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { incompleteVertebrae, labelsOf } from '../core/structures.ts';
import type { Mask, Volume } from '../core/volume.ts';
import type { ObjectStore } from './object-store.ts';
import { asMask, encodeMha, voxelDigest } from './volume.ts';

/** Reads a handed-in file. Throws InvalidInputError, naming it, when it is no whole volume. */
export type FileReader = (file: IngestItem['image']) => Promise<Volume>;

/**
 * Takes one series through the gate and stores what passes. A bad image refuses the series; a bad mask refuses the mask, and the
 * image goes in without a reference. Stored files hold geometry and voxels only.
 */
export async function gateSeries(store: ObjectStore, item: IngestItem, read: FileReader): Promise<IngestResult> {
  const { name } = item.image;
  const image = await gated(() => read(item.image));
  if ('refusal' in image) return { name, taken: null, refused: [image.refusal] };
  const mask = item.mask && (await gated(() => gateMask(store, item, image.value.grid, read)));
  const reference = mask && 'value' in mask ? mask.value : null;
  const { image: _, mask: __, annotatedClasses: ___, classOfLabel: ____, ...facts } = item;
  const taken: CatalogSeries = {
    ...facts,
    grid: image.value.grid,
    image: await storeVolume(store, image.value),
    sourceDigest: item.image.digest,
    reference,
    excluded: null,
  };
  return { name, taken, refused: mask && 'refusal' in mask ? [mask.refusal] : [] };
}

/** Stores a volume as an MHA of geometry and voxels. */
export async function storeVolume(store: ObjectStore, volume: Volume): Promise<StoredVolume> {
  const ref = await store.putObject(await encodeMha(volume));
  return { ...ref, voxelDigest: voxelDigest(volume) };
}

async function gateMask(store: ObjectStore, item: IngestItem, imageGrid: Grid, read: FileReader): Promise<Reference> {
  const file = item.mask!;
  const given = asMask(await read(file), file.name);
  const mask: Mask = item.classOfLabel ? instancesFromClasses(given, item.classOfLabel) : given;
  const [worst] = refusals(checkMask(mask, imageGrid, { annotatedClasses: item.annotatedClasses }));
  if (worst) throw new InvalidInputError(file.name, worst.gate, worst.expected, worst.measured);
  // On the image's own grid: the mask's header may differ from it by a rounding that the gate tolerates.
  const onGrid: Mask = { ...mask, grid: imageGrid };
  return {
    mask: await storeVolume(store, onGrid),
    ...GIVEN,
    labels: labelsOf(onGrid),
    incompleteVertebrae: incompleteVertebrae(onGrid),
    annotatedClasses: item.annotatedClasses,
  };
}

async function gated<T>(work: () => Promise<T>): Promise<{ value: T } | { refusal: Refusal }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

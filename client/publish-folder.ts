import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { publishCatalog } from '../adapters/publication.ts';
import { asMask, decodeMha, encodeMha, littleEndian, voxelDigest } from '../adapters/volume.ts';
import type { Reference } from '../core/catalog.ts';
import { refusals } from '../core/gate-result.ts';
import { checkMask } from '../core/gates.ts';
import type { DatasetName, Digest, ReviewerName, SeriesId } from '../core/ids.ts';
import { refusalOf, type Refusal } from '../core/ingest.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { Manifest, ManifestSeries } from '../core/manifest.ts';
import { cutVertebrae, keepsAll, referenceOf } from '../core/reference-mask.ts';
import { voxelChanges } from '../core/scores.ts';
import { boundingBoxes } from '../core/structures.ts';
import { concurrently } from './concurrently.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import { fileDigest } from './file-digest.ts';
import { KnownFiles } from './known-files.ts';
import { overviewCsv } from './overview-table.ts';
import { readFolderVersion, readPart } from './verify-version.ts';
import { LAYOUT } from './version-files.ts';
import { readVersion } from './versions.ts';
import { writeWhole } from './whole-file.ts';

export interface PublishRequest {
  dataset: DatasetName;
  /** A checkout of a version, whose masks were corrected in place. */
  folder: string;
  reviewer: ReviewerName;
  /** Minutes that each correction took. */
  minutes: number;
  /** Read every mask again, whatever is known of it (known-files.ts). Default: false. */
  rehash?: boolean;
}

export interface PublishReport {
  dataset: DatasetName;
  /** The version that the folder was a checkout of. */
  before: Digest;
  /** Null when masks were refused: then nothing is published. */
  version: Digest | null;
  /** Series with another mask than before, ascending as in the manifest. */
  corrected: SeriesId[];
  refused: Refusal[];
  /** Whether the folder is a checkout of the new version now; not when others have published besides. */
  updated: boolean;
}

interface Corrected {
  entry: ManifestSeries;
  reference: Reference;
  bytes: Uint8Array;
}

type OnProgress = (step: 'read' | 'check', done: number, total: number, file: string) => void;

const FILES_AT_ONCE = 4;
/** Each holds a mask and the one before, some 100 MB at SPIDER's largest size. */
const MASKS_AT_ONCE = 3;

/**
 * Publishes the masks that were corrected in a checkout: those whose bytes are not the version's go through the gates, become
 * references, and the catalog is frozen as a new version after the main one. All or none: what the gates refuse is listed, and nothing
 * is published. Only what changed is sent. Asked again, also after an interruption, it goes on, and the same corrections give
 * the same version. Throws NotFoundError for no checkout, ConflictError for a series that somebody else has corrected since.
 */
export async function publishFolder(
  store: ObjectStore,
  request: PublishRequest,
  onProgress: OnProgress = () => {},
): Promise<PublishReport> {
  const { dataset } = request;
  const folder = resolve(request.folder);
  const { version: before, manifest } = await readFolderVersion(folder);
  if (manifest.dataset !== dataset) throw new NotFoundError(`${folder}: is no checkout of dataset "${dataset}"`);
  if (await readPart(folder)) throw new ConflictError(`${folder}: holds a part of a version: check out all of it`);
  const known = KnownFiles.of(folder, { distrusted: request.rehash ?? false });
  const checkout = { folder, known, version: before, manifest };
  return publishCheckout(store, checkout, request, onProgress).finally(() => known.save());
}

interface Checkout {
  folder: string;
  known: KnownFiles;
  version: Digest;
  manifest: Manifest;
}

async function publishCheckout(
  store: ObjectStore,
  checkout: Checkout,
  request: PublishRequest,
  onProgress: OnProgress,
): Promise<PublishReport> {
  const { dataset } = request;
  const { folder, known, version: before, manifest } = checkout;
  const records = new DatasetRecords(store, dataset);
  const changed = await changedMasks(folder, manifest, known, (done, file) =>
    onProgress('read', done, manifest.series.length, file),
  );
  const round = (await records.rounds()).at(-1)?.round ?? 0;
  const refused: Refusal[] = [];
  let done = 0;
  const made = await concurrently(changed, MASKS_AT_ONCE, async (entry): Promise<Corrected | null> => {
    const result = await correction(store, folder, entry, { ...request, round }).catch((error: unknown) => {
      refused.push(refusalOf(error));
      return null;
    });
    onProgress('check', ++done, changed.length, `${entry.series}.mha`);
    return result;
  });
  const corrections = made.filter((each) => each !== null);
  const report = { dataset, before, corrected: corrections.map(({ entry }) => entry.series), refused };
  if (refused.length > 0) return { ...report, version: null, updated: false };
  await enter(records, corrections);
  const version = (await publishCatalog(store, dataset))!;
  return { ...report, version, updated: await bringUp(store, checkout, version, corrections) };
}

/** Series whose mask file has other bytes than the version's. Throws InvalidInputError for a file that is gone. */
async function changedMasks(
  folder: string,
  { series }: Manifest,
  known: KnownFiles,
  onFile: (done: number, file: string) => void,
): Promise<ManifestSeries[]> {
  let done = 0;
  const found = await concurrently(series, FILES_AT_ONCE, async (entry) => {
    const image = `${LAYOUT.images}/${entry.series}.mha`;
    const size = statSync(join(folder, image), { throwIfNoEntry: false })?.size;
    if (size !== entry.image.bytes) {
      throw new InvalidInputError(
        image,
        'content',
        'the image of the version',
        size === undefined ? 'none' : 'another',
      );
    }
    const name = `${LAYOUT.masks}/${entry.series}.mha`;
    // What leads to a file elsewhere is read each time.
    const digest = await known.digest(name).then((own) => own ?? digestAt(join(folder, name)));
    if (digest === null) throw new InvalidInputError(name, 'content', 'a mask', 'none');
    onFile(++done, name);
    return digest === entry.reference.mask.digest ? [] : [entry];
  });
  return found.flat();
}

async function digestAt(path: string): Promise<Digest | null> {
  return (await fileDigest(path).catch(() => null))?.digest ?? null;
}

/** A changed file as a reference; null when only its bytes are other ones. Throws InvalidInputError for what the gates refuse. */
async function correction(
  store: ObjectStore,
  folder: string,
  entry: ManifestSeries,
  { reviewer, minutes, round }: PublishRequest & { round: number },
): Promise<Corrected | null> {
  const { grid, reference: before } = entry;
  const name = `${LAYOUT.masks}/${entry.series}.mha`;
  const earlier = store.getObject(before.mask.digest);
  // Asked for here, missed below: meanwhile nobody waits for it.
  earlier.catch(() => undefined);
  const submitted = asMask(await decodeMha(await readFile(join(folder, name)), name), name);
  const classes = before.annotatedClasses;
  const refuse = (mask: typeof submitted) => {
    const [failed] = refusals(checkMask(mask, grid, { annotatedClasses: classes }));
    if (failed) throw new InvalidInputError(name, failed.gate, failed.expected, failed.measured);
  };
  refuse(submitted);
  const mask = referenceOf(submitted, grid, classes);
  const digest = voxelDigest(mask);
  if (digest === before.mask.voxelDigest) return null;
  if (Buffer.compare(littleEndian(mask), littleEndian(submitted)) !== 0) refuse(mask);
  const [base, { bytes, stored }] = await Promise.all([
    earlier.then((file) => decodeMha(file, name)),
    encodeMha(mask).then(async (file) => ({ bytes: file, stored: await store.putObject(file) })),
  ]);
  const known = asMask(base, name);
  // A copy only where something is left out: 101–125 count as 1–25 either way.
  const comparable = keepsAll(before.labels, classes) ? known : referenceOf(known, grid, classes);
  const { voxelsChanged, dice } = voxelChanges(comparable, mask);
  const boxes = boundingBoxes(mask);
  const reference: Reference = {
    mask: { ...stored, voxelDigest: digest },
    origin: 'corrected',
    // Nobody was shown a proposal; what it was before stands beside.
    base: 'none',
    baseDigest: before.mask.digest,
    modelDigest: null,
    round,
    reviewer,
    minutes,
    voxelsChanged,
    diceToBase: dice,
    labels: [...boxes.keys()],
    incompleteVertebrae: cutVertebrae(mask, submitted, boxes),
    annotatedClasses: classes,
  };
  return { entry, reference, bytes };
}

/** Enters corrections into the catalog, each where the reference still is the one that was corrected, or the same correction. */
async function enter(records: DatasetRecords, corrections: readonly Corrected[]): Promise<void> {
  const bySeries = new Map(corrections.map((each) => [each.entry.series, each]));
  await records.updateCatalog((catalog) => ({
    ...catalog,
    series: catalog.series.map((known) => {
      const made = bySeries.get(known.series);
      if (!made) return known;
      const stored = known.reference?.mask.voxelDigest;
      if (stored === made.reference.mask.voxelDigest) return known;
      if (known.excluded || stored !== made.entry.reference.mask.voxelDigest) {
        throw new ConflictError(
          `${known.series} has another reference by now: check the newest version out, correct it there`,
        );
      }
      return { ...known, reference: made.reference };
    }),
  }));
}

/** Makes the folder a checkout of the new version, if that differs from the old one by these corrections alone. */
async function bringUp(
  store: ObjectStore,
  { folder, known, manifest: old }: Checkout,
  version: Digest,
  corrections: readonly Corrected[],
): Promise<boolean> {
  const { manifest, bytes } = await readVersion(store, old.dataset, version);
  const digests = new Map(
    old.series.map(({ series, image, reference }) => [series, [image.digest, reference.mask.digest]]),
  );
  for (const { entry, reference } of corrections)
    digests.set(entry.series, [entry.image.digest, reference.mask.digest]);
  const same = manifest.series.every(({ series, image, reference }) => {
    const [ownImage, ownMask] = digests.get(series) ?? [];
    return ownImage === image.digest && ownMask === reference.mask.digest;
  });
  if (!same || manifest.series.length !== old.series.length) return false;
  await concurrently(corrections, FILES_AT_ONCE, async ({ entry, reference, bytes: mask }) => {
    const name = `${LAYOUT.masks}/${entry.series}.mha`;
    await writeWhole(join(folder, name), mask);
    known.note(name, reference.mask.digest);
  });
  await writeWhole(join(folder, LAYOUT.overview), new TextEncoder().encode(overviewCsv(manifest)));
  await writeWhole(join(folder, LAYOUT.manifest), bytes);
  return true;
}

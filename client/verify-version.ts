import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CorruptObjectError,
  MissingObjectError,
  objectKey,
  versionKey,
  type ObjectStore,
} from '../adapters/object-store.ts';
import { streamVersion } from '../adapters/record-stream.ts';
import { differing, provenVolumes, volumeFault, type ProvenVolumes } from '../adapters/volume-fault.ts';
import { sha256 } from '../adapters/volume.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { Manifest, type ManifestSeries } from '../core/manifest.ts';
import type { Finding } from '../core/verification.ts';
import { partOf, VersionPart } from '../core/version-part.ts';
import { NotFoundError } from './errors.ts';
import { KnownFiles } from './known-files.ts';
import { overviewCsv } from './overview-table.ts';
import { LAYOUT, versionFiles, type VersionFile } from './version-files.ts';

export type { Finding } from '../core/verification.ts';

export interface VerifyReport {
  version: Digest;
  /** Volumes looked at. */
  checked: number;
  bytes: number;
  findings: Finding[];
}

type OnProgress = (done: number, total: number, file: string) => void;
/** Null: nothing there. */
type Read = (file: VersionFile) => Promise<Uint8Array | null>;

export interface VerifyOptions {
  /** Decode every volume, also those whose voxels the last clean nightly verification has proven by their bytes. Default: false. */
  voxels?: boolean;
}

const FILES_AT_ONCE = 4;

/**
 * Reads every object of a version in S3 and compares its bytes with the manifest's digests, and its voxels where they are not proven.
 * The manifest is read series by series, so memory holds a few volumes whatever the size of the version.
 */
export async function verifyStored(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  onProgress: OnProgress = () => {},
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const total = await storedVolumes(store, dataset, version);
  if (typeof total !== 'number') return { version, checked: 0, bytes: 0, findings: [total] };
  const proven: ProvenVolumes = options.voxels ? new Map() : await provenVolumes(store, dataset);
  const keyOf = ({ stored }: VersionFile) => objectKey(stored.digest);
  const read: Read = async (file) => (await store.bucket.read(keyOf(file)))?.bytes ?? null;
  const report = await verifyVolumes(filesOf(streamVersion(store, dataset, version)), {
    total,
    keyOf,
    read,
    proven,
    onProgress,
  });
  return { version, ...report };
}

async function* filesOf(series: AsyncIterable<ManifestSeries> | Iterable<ManifestSeries>): AsyncGenerator<VersionFile> {
  for await (const entry of series) yield* versionFiles({ series: [entry] });
}

/** How many volumes a version has, once its manifest is known to be whole. */
async function storedVolumes(store: ObjectStore, dataset: DatasetName, version: Digest): Promise<number | Finding> {
  const finding = { series: null, kind: 'manifest', key: versionKey(dataset, version) } as const;
  try {
    let volumes = 0;
    for await (const _ of filesOf(streamVersion(store, dataset, version))) volumes++;
    return volumes;
  } catch (error) {
    if (error instanceof MissingObjectError) return { ...finding, problem: 'missing', detail: 'nothing there' };
    if (error instanceof CorruptObjectError) return { ...finding, problem: 'changed', detail: differing(error.got) };
    if (error instanceof InvalidInputError) return { ...finding, problem: 'unreadable', detail: error.message };
    throw error;
  }
}

/**
 * The same for a folder that `checkoutVersion` wrote, without any server. Names files that don't belong there, too; of a part, what
 * isn't of it. `quick` reads no file that is known to be as it was (known-files.ts).
 * Throws NotFoundError when it holds no whole checkout, InvalidInputError when its `version.json` is no manifest.
 */
export async function verifyFolder(
  folder: string,
  onProgress: OnProgress = () => {},
  { quick = false }: { quick?: boolean } = {},
): Promise<VerifyReport> {
  const { version, manifest: whole } = await readFolderVersion(folder);
  const manifest = partOf(whole, await readPart(folder));
  const known = KnownFiles.of(folder, { distrusted: !quick });
  const read: Read = ({ path }) => readIfThere(join(folder, path));
  const report = await verifyVolumes(filesOf(manifest.series), {
    total: 2 * manifest.series.length,
    keyOf: ({ path }) => path,
    isKnown: ({ path, stored }) => known.known(path) === stored.digest,
    read,
    proven: new Map(),
    onProgress,
  });
  const others = [...(await overviewFindings(folder, manifest)), ...(await unexpectedFiles(folder, manifest))];
  return { version, ...report, findings: [...report.findings, ...others] };
}

/**
 * The manifest of a checkout, and the version that it is. Throws NotFoundError when there is no whole checkout, InvalidInputError
 * when its `version.json` is no manifest.
 */
export async function readFolderVersion(folder: string): Promise<{ version: Digest; manifest: Manifest }> {
  const bytes = await readIfThere(join(folder, LAYOUT.manifest));
  if (!bytes) throw new NotFoundError(`${folder}: expected a checkout with ${LAYOUT.manifest}, got none`);
  return { version: sha256(bytes), manifest: parsedManifest(bytes, join(folder, LAYOUT.manifest)) };
}

/** The part of a version that a folder holds; null when it holds, or is to hold, all of it. Throws InvalidInputError. */
export async function readPart(folder: string): Promise<VersionPart | null> {
  const path = join(folder, LAYOUT.part);
  const bytes = await readIfThere(path);
  if (!bytes) return null;
  try {
    return VersionPart.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw new InvalidInputError(path, 'content', 'the part that was checked out', 'something else');
  }
}

interface Verifying {
  total: number;
  keyOf: (file: VersionFile) => string;
  /** Files that need not be read. Default: none. */
  isKnown?: (file: VersionFile) => boolean;
  read: Read;
  proven: ProvenVolumes;
  onProgress: OnProgress;
}

/** Looks at every file, a few at a time, as they come. */
async function verifyVolumes(
  files: AsyncGenerator<VersionFile>,
  { total, keyOf, isKnown = () => false, read, proven, onProgress }: Verifying,
): Promise<Omit<VerifyReport, 'version'>> {
  const found: { at: number; finding: Finding }[] = [];
  let [begun, done, bytes] = [0, 0, 0];
  const lane = async (): Promise<void> => {
    for (let next = await files.next(); !next.done; next = await files.next()) {
      const [file, at] = [next.value, begun++];
      const { series, kind, stored, path } = file;
      const voxels = proven.get(stored.digest) !== stored.voxelDigest;
      const fault = isKnown(file) ? null : await volumeFault(stored, path, () => read(file), voxels);
      if (fault?.problem !== 'missing') bytes += stored.bytes;
      if (fault) found.push({ at, finding: { series, kind, key: keyOf(file), ...fault } });
      onProgress(++done, total, path);
    }
  };
  await allEnded(Array.from({ length: FILES_AT_ONCE }, lane));
  return { checked: done, bytes, findings: found.sort((a, b) => a.at - b.at).map(({ finding }) => finding) };
}

/** Waits until all are over, so that nothing goes on behind the caller's back, and throws the first failure. */
async function allEnded(lanes: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(lanes)) if (result.status === 'rejected') throw result.reason;
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function parsedManifest(bytes: Uint8Array, name: string): Manifest {
  try {
    return Manifest.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    throw new InvalidInputError(name, 'content', 'a manifest', 'something else');
  }
}

async function overviewFindings(folder: string, manifest: Manifest): Promise<Finding[]> {
  const finding = { series: null, kind: 'overview', key: LAYOUT.overview } as const;
  const bytes = await readIfThere(join(folder, LAYOUT.overview));
  if (!bytes) return [{ ...finding, problem: 'missing', detail: 'nothing there' }];
  const same = new TextDecoder().decode(bytes) === overviewCsv(manifest);
  return same ? [] : [{ ...finding, problem: 'changed', detail: 'not the table of this version' }];
}

async function unexpectedFiles(folder: string, manifest: Manifest): Promise<Finding[]> {
  const expected = new Set(versionFiles(manifest).map(({ path }) => path));
  const inner = [LAYOUT.images, LAYOUT.masks].map(async (name) => {
    const names = await readdir(join(folder, name)).catch(() => [] as string[]);
    return names.map((each) => `${name}/${each}`);
  });
  const extra = (await Promise.all(inner)).flat().filter((path) => !expected.has(path));
  return extra.map((key) => ({
    series: null,
    kind: 'file',
    key,
    problem: 'unexpected',
    detail: 'not of this version',
  }));
}

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CorruptObjectError,
  MissingObjectError,
  objectKey,
  versionKey,
  type ObjectStore,
} from '../adapters/object-store.ts';
import { decodeMha, sha256, voxelDigest } from '../adapters/volume.ts';
import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { Manifest } from '../core/manifest.ts';
import { partOf, VersionPart } from '../core/version-part.ts';
import { concurrently } from './concurrently.ts';
import { NotFoundError } from './errors.ts';
import { overviewCsv } from './overview-table.ts';
import { LAYOUT, versionFiles, type VersionFile } from './version-files.ts';

/** Something of a version that is not as the manifest says. */
export interface Finding {
  /** Null for what belongs to no series. */
  series: SeriesId | null;
  kind: 'manifest' | 'image' | 'mask' | 'overview' | 'file';
  /** Key in S3, or path below the folder. */
  key: string;
  problem: 'missing' | 'changed' | 'unreadable' | 'unexpected';
  detail: string;
}

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

const FILES_AT_ONCE = 3;

/** Reads every object of a version in S3 and compares its bytes and its voxels with the manifest's digests. */
export async function verifyStored(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  onProgress: OnProgress = () => {},
): Promise<VerifyReport> {
  const manifest = await storedManifest(store, dataset, version);
  if ('problem' in manifest) return { version, checked: 0, bytes: 0, findings: [manifest] };
  const keyOf = ({ stored }: VersionFile) => objectKey(stored.digest);
  const read: Read = async (file) => (await store.bucket.read(keyOf(file)))?.bytes ?? null;
  return { version, ...(await verifyVolumes(manifest, keyOf, read, onProgress)) };
}

async function storedManifest(store: ObjectStore, dataset: DatasetName, version: Digest): Promise<Manifest | Finding> {
  const finding = { series: null, kind: 'manifest', key: versionKey(dataset, version) } as const;
  try {
    return await store.getVersion(dataset, version);
  } catch (error) {
    if (error instanceof MissingObjectError) return { ...finding, problem: 'missing', detail: 'nothing there' };
    if (error instanceof CorruptObjectError) return { ...finding, problem: 'changed', detail: differing(error.got) };
    if (error instanceof InvalidInputError) return { ...finding, problem: 'unreadable', detail: error.message };
    throw error;
  }
}

/**
 * The same for a folder that `checkoutVersion` wrote, without any server. Names files that don't belong there, too; of a part, what
 * isn't of it.
 * Throws NotFoundError when it holds no whole checkout, InvalidInputError when its `version.json` is no manifest.
 */
export async function verifyFolder(folder: string, onProgress: OnProgress = () => {}): Promise<VerifyReport> {
  const { version, manifest: whole } = await readFolderVersion(folder);
  const manifest = partOf(whole, await readPart(folder));
  const read: Read = ({ path }) => readIfThere(join(folder, path));
  const report = await verifyVolumes(manifest, ({ path }) => path, read, onProgress);
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

async function verifyVolumes(
  manifest: Manifest,
  keyOf: (file: VersionFile) => string,
  read: Read,
  onProgress: OnProgress,
): Promise<Omit<VerifyReport, 'version'>> {
  const files = versionFiles(manifest);
  let done = 0;
  let bytes = 0;
  const found = await concurrently(files, FILES_AT_ONCE, async (file): Promise<Finding[]> => {
    const fault = await faultOf(file, read);
    if (fault?.problem !== 'missing') bytes += file.stored.bytes;
    onProgress(++done, files.length, file.path);
    return fault ? [{ series: file.series, kind: file.kind, key: keyOf(file), ...fault }] : [];
  });
  return { checked: files.length, bytes, findings: found.flat() };
}

async function faultOf(file: VersionFile, read: Read): Promise<Pick<Finding, 'problem' | 'detail'> | null> {
  const { stored } = file;
  let bytes: Uint8Array | null;
  try {
    bytes = await read(file);
  } catch (error) {
    if (!isAboutThisFile(error)) throw error;
    return { problem: 'unreadable', detail: (error as Error).message };
  }
  if (!bytes) return { problem: 'missing', detail: 'nothing there' };
  const digest = sha256(bytes);
  if (digest !== stored.digest) return { problem: 'changed', detail: differing(digest) };
  try {
    const voxels = voxelDigest(await decodeMha(bytes, file.path));
    if (voxels === stored.voxelDigest) return null;
    return { problem: 'changed', detail: `voxels: ${differing(voxels)}` };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { problem: 'unreadable', detail: error.message };
  }
}

/** A server's answer or a file system's: other faults (nobody answers) say nothing about the data. */
function isAboutThisFile(error: unknown): boolean {
  const { $metadata, syscall } = error as { $metadata?: { httpStatusCode?: number }; syscall?: string };
  return $metadata?.httpStatusCode !== undefined || syscall === 'open' || syscall === 'read';
}

function differing(digest: Digest): string {
  return `SHA-256 is ${digest.slice(0, 12)}…`;
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

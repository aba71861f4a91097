import { lstat, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ObjectStore } from '../adapters/object-store.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { concurrently } from './concurrently.ts';
import { ConflictError } from './errors.ts';
import { fileDigest } from './file-digest.ts';
import { overviewCsv } from './overview-table.ts';
import { LAYOUT, versionFiles, type VersionFile } from './version-files.ts';
import { readVersion } from './versions.ts';
import { ownFolder, partialOf, writeWhole } from './whole-file.ts';

export interface CheckoutReport {
  version: Digest;
  folder: string;
  series: number;
  /** Volumes written now, and those that were there already. */
  written: number;
  kept: number;
  bytes: number;
}

/** What says that a checkout was begun; becomes `version.json` when all else is there. */
const BEGUN = `${LAYOUT.manifest}.incomplete`;
const FILES_AT_ONCE = 4;

/**
 * Writes a version in SPIDER's layout (`images/`, `masks/`, `overview.csv`) with its manifest as `version.json`, which comes last: a
 * folder that has it is whole. Every volume is verified by its digest before it takes its name. Taken up again, what is there and
 * right is kept. Nothing is written outside the folder. Throws ConflictError for a folder that holds anything else.
 */
export async function checkoutVersion(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  into: string,
  onProgress: (done: number, total: number, file: string) => void = () => {},
): Promise<CheckoutReport> {
  const folder = resolve(into);
  const { manifest, bytes } = await readVersion(store, dataset, version);
  await refuseForeign(folder, version);
  for (const inner of [LAYOUT.images, LAYOUT.masks]) await ownFolder(join(folder, inner));
  await writeWhole(join(folder, BEGUN), bytes);

  const files = versionFiles(manifest);
  const report = { version, folder, series: manifest.series.length, written: 0, kept: 0, bytes: 0 };
  let done = 0;
  await concurrently(files, FILES_AT_ONCE, async (file) => {
    const path = join(folder, file.path);
    const there = await holds(path, file);
    if (there) await rm(partialOf(path), { force: true });
    else await writeWhole(path, await bytesOf(store, file));
    report[there ? 'kept' : 'written']++;
    report.bytes += file.stored.bytes;
    onProgress(++done, files.length, file.path);
  });
  await writeWhole(join(folder, LAYOUT.overview), new TextEncoder().encode(overviewCsv(manifest)));
  await rename(join(folder, BEGUN), join(folder, LAYOUT.manifest));
  return report;
}

/** A folder may be new, empty, or a checkout of this version, begun or whole. */
async function refuseForeign(folder: string, version: Digest): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = await readdir(folder);
  if (names.length === 0) return;
  for (const name of [BEGUN, LAYOUT.manifest]) {
    if (!names.includes(name)) continue;
    const { digest } = await fileDigest(join(folder, name));
    if (digest === version) return;
    throw new ConflictError(`${folder}: holds another version (${digest.slice(0, 12)}): choose another folder`);
  }
  throw new ConflictError(`${folder}: holds other files: choose another folder`);
}

async function holds(path: string, { stored }: VersionFile): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  return (
    found !== null && found.isFile() && found.size === stored.bytes && (await fileDigest(path)).digest === stored.digest
  );
}

/** The bytes of a version's file, verified; what goes wrong says whose they are. */
export async function bytesOf(store: ObjectStore, { series, kind, stored }: VersionFile): Promise<Uint8Array> {
  try {
    return await store.getObject(stored.digest);
  } catch (error) {
    throw new Error(`${kind} of ${series}`, { cause: error });
  }
}

import { rmSync } from 'node:fs';
import { mkdir, readdir, rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { ObjectStore } from '../adapters/object-store.ts';
import { canonicalJson } from '../core/canonical-json.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import { partOf, type VersionPart } from '../core/version-part.ts';
import { concurrently } from './concurrently.ts';
import { ConflictError, NotFoundError } from './errors.ts';
import { fileDigest } from './file-digest.ts';
import { KNOWN_FILES, KnownFiles } from './known-files.ts';
import { linkSource, linkWhole, type LinkSource } from './linked-file.ts';
import { overviewCsv } from './overview-table.ts';
import { refuseHiddenIn } from './refuse-hidden.ts';
import { readPart } from './verify-version.ts';
import { LAYOUT, versionFiles, type VersionFile } from './version-files.ts';
import { readVersion } from './versions.ts';
import { ownFolder, partialOf, writeWhole } from './whole-file.ts';

export interface CheckoutReport {
  version: Digest;
  folder: string;
  series: number;
  /** Volumes written now, linked to an earlier checkout, and those that were there already. */
  written: number;
  linked: number;
  kept: number;
  bytes: number;
}

export interface CheckoutOptions {
  /** Null, the default: all of the version. */
  part?: VersionPart | null;
  /** An earlier checkout, of any version, whose files are linked instead of written again where they are the same. */
  linkFrom?: string | null;
  /** Read every file again that is there or is linked, whatever is known of it (known-files.ts). Default: false. */
  rehash?: boolean;
}

/** What says that a checkout was begun; becomes `version.json` when all else is there. */
const BEGUN = `${LAYOUT.manifest}.incomplete`;
/** The same for a part, which is then in `part.json` before there is any volume. */
const PART_BEGUN = `${BEGUN}-part`;
const FILES_AT_ONCE = 4;

/**
 * Writes a version in SPIDER's layout (`images/`, `masks/`, `overview.csv`) with its manifest as `version.json`, which comes last: a
 * folder that has it is whole. Every volume is verified by its digest before it takes its name. Taken up again, what is there and
 * right is kept. Of a part of a version, `version.json` is the whole manifest still and `part.json` says which series are there.
 * Nothing is written outside the folder but what is known of the files that were linked. Throws ConflictError for a folder that holds anything else, NotFoundError for a part without
 * series and for a folder to link from that is no checkout, HiddenPatientError for a version that holds hidden-test patients.
 */
export async function checkoutVersion(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  into: string,
  onProgress: (done: number, total: number, file: string) => void = () => {},
  { part = null, linkFrom = null, rehash = false }: CheckoutOptions = {},
): Promise<CheckoutReport> {
  const folder = resolve(into);
  const { manifest: whole, bytes } = await readVersion(store, dataset, version);
  await refuseHiddenIn(store, version, whole);
  const manifest = partOf(whole, part);
  if (part && manifest.series.length === 0)
    throw new NotFoundError(`version ${version.slice(0, 12)} has no such series`);
  const from = linkFrom === null ? null : await linkSource(linkFrom, { distrusted: rehash });
  await refuseForeign(folder, version, part);
  for (const inner of [LAYOUT.images, LAYOUT.masks]) await ownFolder(join(folder, inner));
  const begun = join(folder, part ? PART_BEGUN : BEGUN);
  await writeWhole(begun, bytes);
  if (part) await writeWhole(join(folder, LAYOUT.part), new TextEncoder().encode(`${JSON.stringify(part)}\n`));

  const known = KnownFiles.of(folder, { distrusted: rehash });
  const files = versionFiles(manifest);
  const report = { version, folder, series: manifest.series.length, written: 0, linked: 0, kept: 0, bytes: 0 };
  let done = 0;
  try {
    await concurrently(files, FILES_AT_ONCE, async (file) => {
      report[await put(store, file, { folder, path: file.path, known }, from)]++;
      report.bytes += file.stored.bytes;
      onProgress(++done, files.length, file.path);
    });
  } finally {
    // Also of a checkout that was broken off, so that it goes on without reading all of that again.
    known.save();
    from?.known.save();
  }
  await writeWhole(join(folder, LAYOUT.overview), new TextEncoder().encode(overviewCsv(manifest)));
  await rename(begun, join(folder, LAYOUT.manifest));
  return report;
}

/** Puts one file in its place, and says how. */
async function put(
  store: ObjectStore,
  file: VersionFile,
  into: { folder: string; path: string; known: KnownFiles },
  from: LinkSource | null,
): Promise<'kept' | 'linked' | 'written'> {
  const path = join(into.folder, into.path);
  if (await into.known.holds(into.path, file.stored)) {
    rmSync(partialOf(path), { force: true });
    return 'kept';
  }
  if (from && (await linkWhole(from, into, file.stored.digest))) return 'linked';
  await writeWhole(path, await bytesOf(store, file));
  into.known.note(into.path, file.stored.digest);
  return 'written';
}

/** A folder may be new, empty, or a checkout of this part of this version, begun or whole. */
async function refuseForeign(folder: string, version: Digest, part: VersionPart | null): Promise<void> {
  await mkdir(folder, { recursive: true });
  const names = (await readdir(folder)).filter((name) => name !== KNOWN_FILES);
  if (names.length === 0) return;
  for (const name of [BEGUN, PART_BEGUN, LAYOUT.manifest]) {
    if (!names.includes(name)) continue;
    const { digest } = await fileDigest(join(folder, name));
    if (digest !== version) {
      throw new ConflictError(`${folder}: holds another version (${digest.slice(0, 12)}): choose another folder`);
    }
    const there = await readPart(folder);
    if (name === PART_BEGUN && there === null && part !== null) return;
    if (canonicalJson(there) === canonicalJson(part)) return;
    const what = there !== null ? 'another part' : name === PART_BEGUN ? 'a part' : 'all';
    throw new ConflictError(`${folder}: holds ${what} of this version: choose another folder`);
  }
  throw new ConflictError(`${folder}: holds other files: choose another folder`);
}

/** The bytes of a version's file, verified; what goes wrong says whose they are. */
export async function bytesOf(store: ObjectStore, { series, kind, stored }: VersionFile): Promise<Uint8Array> {
  try {
    return await store.getObject(stored.digest);
  } catch (error) {
    throw new Error(`${kind} of ${series}`, { cause: error });
  }
}

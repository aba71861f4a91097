import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { sha256 } from '../../adapters/volume.ts';
import { missingAbout, numberOf, ReleaseAbout } from '../../core/exports/croissant.ts';
import type { DatasetName, Digest } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { refuseHiddenIn } from '../refuse-hidden.ts';
import { publishedReleases } from '../release/published.ts';
import { listTags, tagsOf } from '../version-tags.ts';
import { readVersion, type StoredVersion } from '../versions.ts';
import { bidsFiles } from './bids-derivatives.ts';
import { dicomFiles } from './dicom-seg.ts';
import { writeExport, type WrittenFiles } from './export-folder.ts';
import type { ExportFile } from './export-plan.ts';
import { nnunetFiles, nnunetFolder, type NnunetOptions } from './nnunet-raw.ts';
import { croissantFiles, spiderFiles, type ReleaseFiles } from './spider-release.ts';

export const EXPORT_SCHEMA = 'spindle.export/1';
export const EXPORT_FORMATS = ['spider', 'nnunet', 'bids', 'croissant', 'dicom-seg'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportRequest {
  dataset: DatasetName;
  version: Digest;
  into: string;
  format: ExportFormat;
  /** Paths; null: none given, and none is made up. */
  licenceFile: string | null;
  citationFile: string | null;
  aboutFile: string | null;
  /** For `nnunet`. */
  nnunet: NnunetOptions;
  /** For `dicom-seg`: the interpreter that has the packages of workers/dicom. */
  python?: string;
}

export interface ExportReport extends WrittenFiles {
  version: Digest;
  format: ExportFormat;
  folder: string;
  series: number;
  files: number;
  /** What the format asks for and nobody gave. */
  missing: string[];
}

/**
 * Writes a version in another layout (docs/exports.md). Every volume is verified against its digest before anything is made of it.
 * Taken up again it goes on where it was; the same request gives the same folder, byte for byte.
 * Throws InvalidInputError for what can't be exported so, ConflictError for a folder that holds anything else, HiddenPatientError for a
 * version that holds hidden-test patients.
 */
export async function exportVersion(
  store: ObjectStore,
  request: ExportRequest,
  onProgress: (done: number, total: number, file: string) => void = () => {},
): Promise<ExportReport> {
  const { dataset, version, format } = request;
  const release = { licence: await given(request.licenceFile), citation: await given(request.citationFile) };
  const about = await readAbout(request.aboutFile);
  const stored = await readVersion(store, dataset, version);
  await refuseHiddenIn(store, version, stored.manifest);
  const number = format === 'croissant' ? await numberIn(store, dataset, version) : null;
  const files = filesOf(store, stored, request, release, { about, number });
  const inner = format === 'nnunet' ? nnunetFolder(stored.manifest, request.nnunet.id) : '';
  const folder = resolve(join(request.into, inner));
  const mark = {
    schema: EXPORT_SCHEMA,
    format,
    dataset,
    version,
    licence: digestOf(release.licence),
    citation: digestOf(release.citation),
    ...(format === 'nnunet' ? { nnunet: request.nnunet } : {}),
    ...(format === 'croissant' ? { about, ...(number === null ? {} : { number }) } : {}),
  };
  const bytes = new TextEncoder().encode(`${JSON.stringify(mark, null, 2)}\n`);
  const counts = await writeExport(folder, bytes, files, onProgress);
  const missing = missingPapers(format, release, about);
  return { version, format, folder, series: stored.manifest.series.length, files: files.length, missing, ...counts };
}

function filesOf(
  store: ObjectStore,
  stored: StoredVersion,
  { format, nnunet, python }: ExportRequest,
  release: ReleaseFiles,
  { about, number }: { about: ReleaseAbout; number: string | null },
): ExportFile[] {
  switch (format) {
    case 'spider':
      return spiderFiles(store, stored, release);
    case 'croissant':
      return croissantFiles(store, stored, release, about, number);
    case 'bids':
      return bidsFiles(store, stored, release);
    case 'dicom-seg':
      if (python === undefined) throw new InvalidInputError('export', 'python', 'an interpreter for dicom-seg', 'none');
      return dicomFiles(store, stored, release, python);
    case 'nnunet':
      return nnunetFiles(store, stored, release, nnunet);
  }
}

function missingPapers(format: ExportFormat, { licence, citation }: ReleaseFiles, about: ReleaseAbout): string[] {
  return [
    ...(licence === null ? ['LICENSE'] : []),
    ...(citation === null ? ['CITATION.cff'] : []),
    ...(format === 'croissant' ? missingAbout(about).map((field) => `${field} in croissant.json`) : []),
  ];
}

/** The number that a version has by a release or a tag; null when it has none. */
async function numberIn(store: ObjectStore, dataset: DatasetName, version: Digest): Promise<string | null> {
  const releases = [...(await publishedReleases(store, dataset))].filter(([, pointer]) => pointer.version === version);
  return numberOf(
    releases.map(([name]) => name),
    tagsOf(await listTags(store, dataset), version),
  );
}

async function given(path: string | null): Promise<Uint8Array | null> {
  if (path === null) return null;
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(basename(path), 'file', 'a readable file', error.code ?? 'none');
  });
}

async function readAbout(path: string | null): Promise<ReleaseAbout> {
  const bytes = await given(path);
  if (path === null || bytes === null) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new InvalidInputError(basename(path), 'content', 'JSON in UTF-8', 'something else');
  }
  const parsed = ReleaseAbout.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidInputError(
    basename(path),
    issue?.path.join('.') || 'content',
    issue?.message ?? 'another',
    'another',
  );
}

function digestOf(bytes: Uint8Array | null): Digest | null {
  return bytes === null ? null : sha256(bytes);
}

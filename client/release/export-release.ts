import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { releasePage } from '../../adapters/report/release-page.ts';
import type { DatasetName, ObjectRef } from '../../core/ids.ts';
import type { ReleaseName, ReleasePaperRefs } from '../../core/release.ts';
import { Signature, signatureRef } from '../../core/signature.ts';
import { exportVersion, type ExportFormat, type ExportReport } from '../exports/export-version.ts';
import { signersOf } from '../signatures.ts';
import { writeWhole } from '../whole-file.ts';
import { readRelease } from './published.ts';
import { publishedReport } from './report.ts';

export interface ReleaseExport {
  name: ReleaseName;
  folder: string;
  formats: ExportReport[];
  /** Beside the formats. */
  files: string[];
}

/** How nnU-Net names the dataset, unless it is told otherwise. */
const NNUNET = { id: 501, labels: 'semantic', folds: 1, seed: 1 } as const;

/**
 * Writes a published release: each format in a folder of its own, with the licence and citation that it was published with, and beside
 * them its record, its page and its signatures. Taken up again it goes on; the same release gives the same bytes, but for signatures
 * that were added since. Throws ConflictError for a format's folder that holds anything else.
 */
export async function exportRelease(
  store: ObjectStore,
  dataset: DatasetName,
  { name, into, formats }: { name: ReleaseName; into: string; formats: readonly ExportFormat[] },
  onProgress: (format: ExportFormat, done: number, total: number, file: string) => void = () => {},
): Promise<ReleaseExport> {
  const { release, bytes, pointer } = await readRelease(store, dataset, name);
  const folder = resolve(into);
  await mkdir(folder, { recursive: true });
  const reports: ExportReport[] = [];
  await withPapers(store, release.papers, async (papers) => {
    for (const format of formats) {
      const request = {
        dataset,
        version: release.version,
        into: join(folder, format),
        format,
        ...papers,
        nnunet: NNUNET,
      };
      reports.push(await exportVersion(store, request, (done, total, file) => onProgress(format, done, total, file)));
    }
  });
  const page = releasePage(
    await publishedReport(store, dataset, name),
    await store.getVersion(dataset, release.version),
  );
  const files: [string, Uint8Array][] = [
    ['release.json', bytes],
    ['release.html', new TextEncoder().encode(page)],
    ...(await signatureFiles(store, dataset, [
      ['version', release.version],
      ['release', pointer.release.digest],
    ])),
  ];
  for (const [file, content] of files) await writeWhole(join(folder, file), content);
  return { name, folder, formats: reports, files: files.map(([file]) => file) };
}

/** `version-<key>.sig` and `release-<key>.sig`: 64 bytes each, as OpenSSL takes them. */
async function signatureFiles(
  store: ObjectStore,
  dataset: DatasetName,
  signed: readonly [what: string, of: string][],
): Promise<[string, Uint8Array][]> {
  const files: [string, Uint8Array][] = [];
  for (const [what, of] of signed) {
    for (const key of await signersOf(store, dataset, of)) {
      const record = await store.readRef(dataset, signatureRef(of, key), Signature);
      if (record) files.push([`${what}-${key.slice(0, 12)}.sig`, Buffer.from(record.value.signature, 'base64')]);
    }
  }
  return files;
}

/** Lays a release's papers down as files while something works with them. */
async function withPapers(
  store: ObjectStore,
  { licence, citation, about }: ReleasePaperRefs,
  work: (files: Record<'licenceFile' | 'citationFile' | 'aboutFile', string | null>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'spindle-release-'));
  const laid = async (name: string, ref: ObjectRef | null): Promise<string | null> => {
    if (ref === null) return null;
    await writeFile(join(folder, name), await store.getObject(ref.digest));
    return join(folder, name);
  };
  try {
    await work({
      licenceFile: await laid('LICENSE', licence),
      citationFile: await laid('CITATION.cff', citation),
      aboutFile: await laid('about.json', about),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import type { ObjectStore } from '../../adapters/object-store.ts';
import { croissant, type ReleaseAbout } from '../../core/exports/croissant.ts';
import { datasheet } from '../../core/exports/datasheet.ts';
import { bytesOf } from '../checkout.ts';
import { overviewCsv } from '../overview-table.ts';
import { LAYOUT, versionFiles } from '../version-files.ts';
import type { StoredVersion } from '../versions.ts';
import { bytesFile, jsonFile, textFile, type ExportFile } from './export-plan.ts';

/** Files that a release is given beside the data, as they are; null for one that isn't given. */
export interface ReleaseFiles {
  licence: Uint8Array | null;
  citation: Uint8Array | null;
}

export const LICENCE = 'LICENSE';
export const CITATION = 'CITATION.cff';

/** A version in SPIDER's layout, with its datasheet and, if given, licence and citation. Volumes are as they are stored. */
export function spiderFiles(store: ObjectStore, stored: StoredVersion, release: ReleaseFiles): ExportFile[] {
  const { manifest, version, bytes } = stored;
  const papers = {
    licence: release.licence === null ? null : LICENCE,
    citation: release.citation === null ? null : CITATION,
  };
  return [
    ...versionFiles(manifest).map((file) => ({
      path: file.path,
      known: file.stored,
      make: () => bytesOf(store, file),
    })),
    textFile(LAYOUT.overview, overviewCsv(manifest)),
    textFile('DATASHEET.md', datasheet(manifest, version, papers)),
    ...releaseFiles(release),
    bytesFile(LAYOUT.manifest, bytes),
  ];
}

export function releaseFiles({ licence, citation }: ReleaseFiles): ExportFile[] {
  return [
    ...(licence === null ? [] : [bytesFile(LICENCE, licence)]),
    ...(citation === null ? [] : [bytesFile(CITATION, citation)]),
  ];
}

/** The same folder with `croissant.json`, which describes it. */
export function croissantFiles(
  store: ObjectStore,
  stored: StoredVersion,
  release: ReleaseFiles,
  about: ReleaseAbout,
  number: string | null,
): ExportFile[] {
  const files = spiderFiles(store, stored, release);
  const volumes = new Set(versionFiles(stored.manifest).map(({ path }) => path));
  const described = files.flatMap(({ path, known }) =>
    known && (volumes.has(path) || path === LAYOUT.overview)
      ? [{ path, digest: known.digest, bytes: known.bytes }]
      : [],
  );
  return [...files, jsonFile('croissant.json', croissant(stored.manifest, stored.version, described, about, number))];
}

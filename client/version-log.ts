import { DatasetRecords } from '../adapters/dataset-records.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { erratumWords } from '../core/erratum.ts';
import type { DatasetName, Digest } from '../core/ids.ts';
import type { Manifest } from '../core/manifest.ts';
import { diffManifests } from '../core/version-diff.ts';
import { summaryWords } from '../core/version-diff-words.ts';
import { listTags, tagsOf } from './version-tags.ts';
import { versionChain } from './versions.ts';

/** A version in the history, and what it changed against the one before. */
export interface LogEntry {
  version: Digest;
  parent: Digest | null;
  /** Ascending. */
  tags: string[];
  /** When its manifest was stored, by the server's clock; a manifest itself holds no time. */
  stored: string | null;
  /** The rounds that published it or began with it, ascending. */
  rounds: number[];
  /** The errata that it mends, and counted phrases (core/version-diff-words.ts). */
  changes: string[];
}

/** The history of a version (the main one by default), the newest first. At most two manifests are in memory at a time. */
export async function versionLog(store: ObjectStore, dataset: DatasetName, from?: Digest): Promise<LogEntry[]> {
  const tags = await listTags(store, dataset);
  const stored = new Map((await store.listVersions(dataset)).map(({ digest, lastModified }) => [digest, lastModified]));
  const reports = await new DatasetRecords(store, dataset).rounds();
  const entries: LogEntry[] = [];
  for await (const { version, manifest, parent } of versionChain(store, dataset, from)) {
    entries.push({
      version,
      parent: manifest.parent,
      tags: tagsOf(tags, version),
      stored: stored.get(version)?.toISOString() ?? null,
      rounds: reports
        .filter((report) => [report.version, report.frozenVersion].includes(version))
        .map(({ round }) => round),
      changes: [
        ...(manifest.errata ?? []).map((erratum) => `mends ${erratumWords(erratum)}`),
        ...summaryWords(diffManifests(parent ?? emptied(manifest), manifest)),
      ],
    });
  }
  return entries;
}

function emptied(manifest: Manifest): Manifest {
  return { ...manifest, series: [], split: {} };
}

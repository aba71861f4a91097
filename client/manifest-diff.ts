import type { ObjectStore } from '../adapters/object-store.ts';
import { streamPairs, streamVersion, type ManifestHead } from '../adapters/record-stream.ts';
import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import type { ManifestSeries } from '../core/manifest.ts';
import { diffPatients, diffSeries, type ManifestDiff } from '../core/version-diff.ts';

/** What two manifests say, of the series that changed both entries, and of each version the newest round of a reference. */
export interface StoredDiff {
  diff: ManifestDiff;
  entries: Map<SeriesId, [before: ManifestSeries, after: ManifestSeries]>;
  rounds: [before: number, after: number];
  /** Of the newer one. */
  head: ManifestHead;
}

/**
 * What `diffManifests` tells of two stored versions, reading both series by series: memory holds what changed, whatever their size.
 * `before` null: everything is added. Throws MissingObjectError, CorruptObjectError, InvalidInputError.
 */
export async function diffStored(
  store: ObjectStore,
  dataset: DatasetName,
  before: Digest | null,
  after: Digest,
): Promise<StoredDiff> {
  const diff: Omit<ManifestDiff, 'patients'> = { added: [], removed: [], changed: [], same: 0 };
  const entries: StoredDiff['entries'] = new Map();
  const rounds: StoredDiff['rounds'] = [0, 0];
  const pairs = before === null ? fromNothing(store, dataset, after) : streamPairs(store, dataset, [before, after]);
  for (let next = await pairs.next(); ; next = await pairs.next()) {
    if (next.done) {
      const [old, recent] = next.value;
      return { diff: { patients: diffPatients(old.split, recent.split), ...diff }, entries, rounds, head: recent };
    }
    const [old, recent] = next.value;
    rounds[0] = Math.max(rounds[0], old?.reference.round ?? 0);
    rounds[1] = Math.max(rounds[1], recent?.reference.round ?? 0);
    if (!old) diff.added.push(recent!.series);
    else if (!recent) diff.removed.push(old.series);
    else {
      const changed = diffSeries(old, recent);
      if (!changed) diff.same++;
      else {
        diff.changed.push(changed);
        entries.set(recent.series, [old, recent]);
      }
    }
  }
}

async function* fromNothing(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
): AsyncGenerator<[null, ManifestSeries], [ManifestHead, ManifestHead]> {
  const stream = streamVersion(store, dataset, version);
  for (let next = await stream.next(); ; next = await stream.next()) {
    if (next.done) return [{ ...next.value, split: {} }, next.value];
    yield [null, next.value];
  }
}

/** The entries of some series of a version. */
export async function entriesOf(
  store: ObjectStore,
  dataset: DatasetName,
  version: Digest,
  wanted: ReadonlySet<SeriesId>,
): Promise<Map<SeriesId, ManifestSeries>> {
  const found = new Map<SeriesId, ManifestSeries>();
  for await (const entry of streamVersion(store, dataset, version)) {
    if (wanted.has(entry.series)) found.set(entry.series, entry);
  }
  return found;
}

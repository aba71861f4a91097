import { ErratumRecords } from '../../adapters/erratum-records.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import { manifestHead } from '../../adapters/record-stream.ts';
import type { DatasetName } from '../../core/ids.ts';
import { releaseBefore, type MendedErratum, type Release, type ReleaseDraft } from '../../core/release.ts';
import { summaryWords } from '../../core/version-diff-words.ts';
import { errataBetween } from '../errata/errata-between.ts';
import { diffStored } from '../manifest-diff.ts';
import { publishedReleases } from './published.ts';

/** What changed since the release before, and the errata mended since, with the models and scores that each has touched. */
export async function sinceBefore(
  store: ObjectStore,
  dataset: DatasetName,
  { name, version }: ReleaseDraft,
): Promise<Pick<Release, 'previous' | 'changes' | 'errata'>> {
  const published = await publishedReleases(store, dataset);
  const before = releaseBefore(name, [...published.keys()]);
  const previous = before === null ? null : { name: before, version: published.get(before)!.version };
  const { diff } = await diffStored(store, dataset, previous?.version ?? null, version);
  const changes = previous === null ? [] : summaryWords(diff);
  const head = await manifestHead(store, dataset, version);
  const notes = await errataBetween(store, dataset, previous?.version ?? null, head);
  const records = new ErratumRecords(store, dataset);
  const errata: MendedErratum[] = [];
  for (const note of notes) {
    const affected = (await records.read(note.id))?.outcome?.affected;
    errata.push({
      ...note,
      models: affected?.models.map(({ model }) => model) ?? [],
      evaluations: affected?.evaluations.map(({ model, version: on }) => ({ model, version: on })) ?? [],
    });
  }
  return { previous, changes, errata };
}

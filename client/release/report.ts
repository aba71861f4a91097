import type { ReleaseReport } from '../../adapters/report/release-page.ts';
import type { ObjectStore } from '../../adapters/object-store.ts';
import type { DatasetName } from '../../core/ids.ts';
import type { ReleaseName } from '../../core/release.ts';
import { signersOf } from '../signatures.ts';
import type { CheckedRelease } from './measure.ts';
import { readRelease } from './published.ts';
import { sinceBefore } from './since-before.ts';

/** A published release as its page shows it. */
export async function publishedReport(
  store: ObjectStore,
  dataset: DatasetName,
  name: ReleaseName,
): Promise<ReleaseReport> {
  const { release, pointer } = await readRelease(store, dataset, name);
  const signedBy = await signersOf(store, dataset, pointer.release.digest);
  return { ...release, published: pointer.published, signedBy };
}

/** A checked draft as its page would be. */
export async function draftReport(
  store: ObjectStore,
  dataset: DatasetName,
  checked: CheckedRelease,
): Promise<ReleaseReport> {
  const { draft, gates, serving } = checked;
  return {
    dataset,
    ...draft,
    ...(await sinceBefore(store, dataset, draft)),
    gates,
    evaluation: serving?.evaluation ?? null,
    tables: serving?.tables.cells ?? [],
    published: null,
    signedBy: [],
  };
}

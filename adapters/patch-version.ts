import { buildManifest } from '../core/build-manifest.ts';
import type { Catalog } from '../core/catalog.ts';
import type { ErratumNote } from '../core/erratum.ts';
import type { DatasetName, Digest, SeriesId } from '../core/ids.ts';
import type { Manifest } from '../core/manifest.ts';
import { REF, VersionPointer } from '../core/refs.ts';
import { DatasetRecords } from './dataset-records.ts';
import type { ObjectStore } from './object-store.ts';
import { seenModels } from './seen-models.ts';

/**
 * Publishes a patch: the main version with one series as the catalog has it now (its new reference, or without it where it is
 * excluded) and nothing else of what the catalog has gained since. `errata` become its notes. Asked again, it gives the version that
 * brought the change, whatever was published after it; null when there is no main version.
 */
export async function publishPatch(
  store: ObjectStore,
  dataset: DatasetName,
  series: SeriesId,
  errata: readonly ErratumNote[],
): Promise<Digest | null> {
  const records = new DatasetRecords(store, dataset);
  let published: Digest | null = null;
  await store.updateRef<VersionPointer | null>(dataset, REF.main, VersionPointer.nullable(), null, async (main) => {
    if (!main) return main;
    const parent = await store.getVersion(dataset, main.version);
    const patched = patchedCatalog(await records.catalog(), parent, series);
    const mask = maskOf(patched, series);
    if (mask === maskOf(parent, series)) {
      published = await broughtBy(store, dataset, main.version, series, mask);
      return main;
    }
    const manifest = buildManifest(patched, main.version, await seenModels(records));
    published = await store.putVersion(dataset, { ...manifest, errata: [...errata] });
    return { version: published };
  });
  return published;
}

/** What the main version was frozen from, with the catalog's word on one series. */
function patchedCatalog(catalog: Catalog, parent: Manifest, series: SeriesId): Catalog {
  const before = new Map(parent.series.map((entry) => [entry.series, entry]));
  return {
    ...catalog,
    series: catalog.series.flatMap((entry) => {
      const frozen = before.get(entry.series);
      if (!frozen) return [];
      return [entry.series === series ? entry : { ...entry, reference: frozen.reference, excluded: null }];
    }),
  };
}

function maskOf({ series }: Pick<Catalog, 'series'> | Pick<Manifest, 'series'>, id: SeriesId): Digest | null {
  const found = (series as Catalog['series']).find((entry) => entry.series === id);
  return found && !found.excluded ? (found.reference?.mask.digest ?? null) : null;
}

/** The first version, back from `from`, since which the series has had this mask. */
async function broughtBy(
  store: ObjectStore,
  dataset: DatasetName,
  from: Digest,
  series: SeriesId,
  mask: Digest | null,
): Promise<Digest> {
  for (let at = from; ;) {
    const { parent } = await store.getVersion(dataset, at);
    if (parent === null || maskOf(await store.getVersion(dataset, parent), series) !== mask) return at;
    at = parent;
  }
}

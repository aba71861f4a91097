import { gateSeries, storeVolume as storeIn } from '../adapters/ingest-gate.ts';
import { MissingObjectError } from '../adapters/object-store.ts';
import { asMask, decodeMha } from '../adapters/volume.ts';
import type { StoredVolume } from '../core/catalog.ts';
import { enterSeries } from '../core/enter-series.ts';
import type { DatasetName, ObjectRef } from '../core/ids.ts';
import { IngestList, type IngestItem, type IngestResult, type IngestSummary } from '../core/ingest.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { Mask, Volume } from '../core/volume.ts';
import { recordsOf, type StoreDeps } from './dataset.ts';

/** The gate of an ingest: CPU work on voxels. */
export function createIngestGateActivities(deps: StoreDeps) {
  return {
    /** A part of the list, and how long the whole is. */
    async readIngestList(input: { list: ObjectRef; from: number; count: number }): Promise<{
      items: IngestItem[];
      total: number;
    }> {
      const { items } = await deps.store.getJson(input.list.digest, IngestList);
      return { items: items.slice(input.from, input.from + input.count), total: items.length };
    },

    /**
     * Takes one series through the gate. A bad image refuses the series; a bad mask refuses the mask, and the image goes in
     * without a reference. Stored files hold geometry and voxels only.
     */
    async ingestSeries({ folder, item }: { folder: string; item: IngestItem }): Promise<IngestResult> {
      return gateSeries(deps.store, item, (file) => readUpload(deps, folder, file));
    },
  };
}

/** What enters an ingest's results into the catalog. */
export function createIngestLedgerActivities(deps: StoreDeps) {
  return {
    /** Enters series into the catalog (core/enter-series.ts); what is stored already never changes. */
    async commitIngest(input: { dataset: DatasetName; results: IngestResult[] }): Promise<IngestSummary> {
      let summary: IngestSummary = { added: 0, unchanged: 0, masks: 0, refused: [] };
      await recordsOf(deps, input.dataset).updateCatalog((catalog) => {
        const entered = enterSeries(catalog, input.results);
        summary = entered.summary;
        return entered.catalog;
      });
      return summary;
    },

    async dropUploads({ folder }: { folder: string }): Promise<void> {
      await deps.store.deleteUploads(folder);
    },
  };
}

/** Stores a volume as an MHA of geometry and voxels. */
export function storeVolume({ store }: StoreDeps, volume: Volume): Promise<StoredVolume> {
  return storeIn(store, volume);
}

export async function readVolume({ store }: StoreDeps, stored: ObjectRef, name: string): Promise<Volume> {
  return decodeMha(await store.getObject(stored.digest), name);
}

export async function readMask(deps: StoreDeps, stored: ObjectRef, name: string): Promise<Mask> {
  return asMask(await readVolume(deps, stored, name), name);
}

async function readUpload({ store }: StoreDeps, folder: string, file: { digest: string; name: string }) {
  try {
    return await decodeMha(await store.getUpload(folder, file.digest), file.name);
  } catch (error) {
    if (!(error instanceof MissingObjectError)) throw error;
    throw new InvalidInputError(file.name, 'upload', 'a file that was uploaded whole', 'nothing: ingest it again');
  }
}

import { MissingObjectError } from '../adapters/object-store.ts';
import { asMask, decodeMha, encodeMha, voxelDigest } from '../adapters/volume.ts';
import {
  GIVEN,
  compareSeries,
  type Catalog,
  type CatalogSeries,
  type Reference,
  type StoredVolume,
} from '../core/catalog.ts';
import { refusals } from '../core/gate-result.ts';
import { checkMask } from '../core/gates.ts';
import type { Grid } from '../core/geometry.ts';
import type { DatasetName, ObjectRef } from '../core/ids.ts';
import {
  IngestList,
  refusalOf,
  type IngestItem,
  type IngestResult,
  type IngestSummary,
  type Refusal,
} from '../core/ingest.ts';
import { instancesFromClasses } from '../core/instances.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { incompleteVertebrae, labelsOf } from '../core/structures.ts';
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
      const { name } = item.image;
      const image = await gated(() => readUpload(deps, folder, item.image));
      if ('refusal' in image) return { name, taken: null, refused: [image.refusal] };
      const mask = item.mask && (await gated(() => ingestMask(deps, folder, item, image.value.grid)));
      const reference = mask && 'value' in mask ? mask.value : null;
      const { image: _, mask: __, annotatedClasses: ___, classOfLabel: ____, ...facts } = item;
      const taken: CatalogSeries = {
        ...facts,
        grid: image.value.grid,
        image: await storeVolume(deps, image.value),
        sourceDigest: item.image.digest,
        reference,
        excluded: null,
      };
      return { name, taken, refused: mask && 'refusal' in mask ? [mask.refusal] : [] };
    },
  };
}

/** What enters an ingest's results into the catalog. */
export function createIngestLedgerActivities(deps: StoreDeps) {
  return {
    /**
     * Enters series into the catalog. What is stored already never changes: the same image again counts as unchanged (a first
     * mask for it is taken), another image under a known name and a study that has moved to another patient are refused.
     */
    async commitIngest(input: { dataset: DatasetName; results: IngestResult[] }): Promise<IngestSummary> {
      let summary: IngestSummary = { added: 0, unchanged: 0, masks: 0, refused: [] };
      await recordsOf(deps, input.dataset).updateCatalog((catalog) => {
        const entered = enter(catalog, input.results);
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
export async function storeVolume({ store }: StoreDeps, volume: Volume): Promise<StoredVolume> {
  const ref = await store.putObject(await encodeMha(volume));
  return { ...ref, voxelDigest: voxelDigest(volume) };
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

async function ingestMask(deps: StoreDeps, folder: string, item: IngestItem, imageGrid: Grid): Promise<Reference> {
  const file = item.mask!;
  const given = asMask(await readUpload(deps, folder, file), file.name);
  const mask: Mask = item.classOfLabel ? instancesFromClasses(given, item.classOfLabel) : given;
  const [worst] = refusals(checkMask(mask, imageGrid, { annotatedClasses: item.annotatedClasses }));
  if (worst) throw new InvalidInputError(file.name, worst.gate, worst.expected, worst.measured);
  // On the image's own grid: the mask's header may differ from it by a rounding that the gate tolerates.
  const onGrid: Mask = { ...mask, grid: imageGrid };
  return {
    mask: await storeVolume(deps, onGrid),
    ...GIVEN,
    labels: labelsOf(onGrid),
    incompleteVertebrae: incompleteVertebrae(onGrid),
    annotatedClasses: item.annotatedClasses,
  };
}

async function gated<T>(work: () => Promise<T>): Promise<{ value: T } | { refusal: Refusal }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

function enter(catalog: Catalog, results: readonly IngestResult[]): { catalog: Catalog; summary: IngestSummary } {
  const bySeries = new Map(catalog.series.map((entry) => [entry.series, entry]));
  const patientOf = new Map(catalog.series.map(({ study, patient }) => [study, patient]));
  const summary: IngestSummary = { added: 0, unchanged: 0, masks: 0, refused: [] };
  for (const { name, taken, refused } of results) {
    summary.refused.push(...refused);
    if (!taken) continue;
    const conflict = conflictOf(taken, bySeries.get(taken.series), patientOf.get(taken.study));
    if (conflict) {
      summary.refused.push({ file: name, ...conflict });
      continue;
    }
    const known = bySeries.get(taken.series);
    if (!known) summary.added++;
    else if (known.reference || !taken.reference) summary.unchanged++;
    if (taken.reference && !known?.reference) summary.masks++;
    bySeries.set(taken.series, known ? { ...known, reference: known.reference ?? taken.reference } : taken);
    patientOf.set(taken.study, taken.patient);
  }
  return { catalog: { ...catalog, series: [...bySeries.values()].sort(compareSeries) }, summary };
}

function conflictOf(
  taken: CatalogSeries,
  known: CatalogSeries | undefined,
  patient: string | undefined,
): Omit<Refusal, 'file'> | null {
  if (patient !== undefined && patient !== taken.patient) {
    return { field: 'patient', expected: `the patient of study ${taken.study} that is stored`, got: 'another' };
  }
  if (known && known.image.voxelDigest !== taken.image.voxelDigest) {
    const expected = `the image of ${taken.series} that is stored (${known.image.digest.slice(0, 12)}), or a new series name`;
    return { field: 'series', expected, got: `another image (${taken.image.digest.slice(0, 12)})` };
  }
  return null;
}

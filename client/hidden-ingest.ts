import { readFile } from 'node:fs/promises';
import { DatasetRecords } from '../adapters/dataset-records.ts';
import { gateSeries } from '../adapters/ingest-gate.ts';
import type { ObjectStore } from '../adapters/object-store.ts';
import { decodeMha } from '../adapters/volume.ts';
import type { Catalog } from '../core/catalog.ts';
import { enterSeries, IS_HIDDEN } from '../core/enter-series.ts';
import { fingerprint, hiddenNumbers, withHidden } from '../core/hidden-patients.ts';
import { parseSeriesId, type DatasetName, type PatientId } from '../core/ids.ts';
import { addSummaries, NOTHING_INGESTED, type IngestSummary } from '../core/ingest.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { CohortPlan, CohortSeries } from './cohort-plan.ts';
import { ConflictError } from './errors.ts';
import { digestCohort } from './ingest-items.ts';

export const HIDDEN_AT_INGEST = 'marked at ingest';

/** A cohort's series by where they go. `refused` are hidden-test patients that were not handed in as such. */
export interface SortedCohort {
  ordinary: CohortSeries[];
  hidden: CohortSeries[];
  refused: IngestSummary['refused'];
}

/**
 * Marks patients for the hidden test, before a byte of theirs is taken anywhere, and sorts a cohort's series.
 * Throws ConflictError for one whose data lie in the ordinary bucket already, InvalidInputError without a sealed bucket.
 */
export async function sortHidden(
  records: DatasetRecords,
  sealed: ObjectStore | null,
  plan: CohortPlan,
  marked: ReadonlySet<PatientId>,
): Promise<SortedCohort> {
  if (marked.size > 0 && !sealed) throw noSealedBucket();
  const catalog = await (marked.size > 0
    ? records.updateCatalog((before) => markedHidden(before, marked))
    : records.catalog());
  const hidden = hiddenNumbers(catalog);
  const known = catalog.hidden ?? [];
  const images = known.flatMap((each) => each.images ?? []);
  const studies = new Set(images.map(({ series }) => parseSeriesId(series).study));
  const sorted: SortedCohort = { ordinary: [], hidden: [], refused: [] };
  for (const entry of plan.series) {
    if (marked.has(entry.patient)) sorted.hidden.push(entry);
    else if (hidden.has(entry.patient) || studies.has(entry.study)) {
      sorted.refused.push({ file: entry.image.name, ...IS_HIDDEN });
    } else sorted.ordinary.push(entry);
  }
  return sorted;
}

function markedHidden(catalog: Catalog, marked: ReadonlySet<PatientId>): Catalog {
  const added = [...marked].map((patient) => ({ patient, reason: HIDDEN_AT_INGEST }));
  const after = { ...catalog, hidden: withHidden(catalog.hidden, added) };
  const numbers = hiddenNumbers(after);
  const open = [...new Set(catalog.series.map(({ patient }) => patient))].filter((patient) => numbers.has(patient));
  if (open.length > 0) {
    const message = `patients ${open.join(', ')} lie in the ordinary bucket already`;
    throw new ConflictError(`${message}: \`spindle patients hide\` says what can be done`);
  }
  const split = Object.fromEntries(Object.entries(catalog.split).filter(([patient]) => !numbers.has(patient)));
  return { ...after, split };
}

/** Throws InvalidInputError for patients named by hand who are not in the cohort: a slip of the pen hides nobody. */
export function refuseUnknown(plan: CohortPlan, named: readonly PatientId[]): void {
  const unknown = named.filter((patient) => !plan.series.some((entry) => entry.patient === patient));
  if (unknown.length === 0) return;
  throw new InvalidInputError('command line', '--hidden', 'patients of the cohort', `${unknown.join(', ')} as well`);
}

export function noSealedBucket(): InvalidInputError {
  return new InvalidInputError(
    'environment',
    'SPINDLE_SEALED_BUCKET',
    'a sealed bucket for hidden-test patients, with credentials of its own',
    'none',
  );
}

/**
 * Takes series of hidden-test patients into the sealed bucket: through the same gate, in this process, since no worker may hold the
 * credentials. The ordinary catalog learns their images' digests, and no more.
 */
export async function ingestHidden(
  { records, sealed }: { records: DatasetRecords; sealed: ObjectStore },
  dataset: DatasetName,
  series: readonly CohortSeries[],
  onDone: (done: number, total: number, file: string) => void,
): Promise<IngestSummary> {
  const vault = new DatasetRecords(sealed, dataset);
  const cohort = await digestCohort(series, await vault.catalog(), () => {});
  let summary: IngestSummary = { ...NOTHING_INGESTED, unchanged: cohort.unchanged, refused: cohort.refused };
  for (const [done, item] of cohort.items.entries()) {
    onDone(done, cohort.items.length, item.image.name);
    const result = await gateSeries(sealed, item, async ({ digest, name }) =>
      decodeMha(new Uint8Array(await readFile(cohort.files.get(digest)!.path)), name),
    );
    let entered: IngestSummary = NOTHING_INGESTED;
    const mark = { patient: item.patient, reason: HIDDEN_AT_INGEST };
    await vault.updateCatalog((catalog) => {
      const after = enterSeries({ ...catalog, hidden: withHidden(catalog.hidden, [mark]) }, [result], 'sealed');
      entered = after.summary;
      return after.catalog;
    });
    summary = addSummaries(summary, entered);
    if (result.taken) await noteImages(records, [result.taken]);
  }
  onDone(cohort.items.length, cohort.items.length, '');
  return summary;
}

/** Has the ordinary catalog know sealed images again. */
export async function noteImages(
  records: DatasetRecords,
  series: readonly Pick<Catalog['series'][number], 'series' | 'patient' | 'sourceDigest' | 'image'>[],
): Promise<void> {
  const added = series.map(({ series: id, patient, sourceDigest, image }) => ({
    patient,
    reason: HIDDEN_AT_INGEST,
    images: [{ series: id, source: fingerprint(sourceDigest), voxels: fingerprint(image.voxelDigest) }],
  }));
  await records.updateCatalog((catalog) => ({ ...catalog, hidden: withHidden(catalog.hidden, added) }));
}

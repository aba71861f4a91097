import { compareSeries, type Catalog, type CatalogSeries } from './catalog.ts';
import { fingerprint, hiddenNumbers } from './hidden-patients.ts';
import { parseSeriesId } from './ids.ts';
import type { IngestResult, IngestSummary, Refusal } from './ingest.ts';

/**
 * Enters what the gate took into a catalog. What is stored already never changes: the same image again counts as unchanged (a first
 * mask for it is taken), another image under a known name and a study that has moved to another patient are refused. So are
 * hidden-test patients, their studies under another patient and their images under another name, and in the catalog of the sealed
 * bucket all others.
 */
export function enterSeries(
  catalog: Catalog,
  results: readonly IngestResult[],
  bucket: 'ordinary' | 'sealed' = 'ordinary',
): { catalog: Catalog; summary: IngestSummary } {
  const bySeries = new Map(catalog.series.map((entry) => [entry.series, entry]));
  const patientOf = new Map(catalog.series.map(({ study, patient }) => [study, patient]));
  const sealed = sealedThings(catalog);
  const summary: IngestSummary = { added: 0, unchanged: 0, masks: 0, refused: [] };
  for (const { name, taken, refused } of results) {
    summary.refused.push(...refused);
    if (!taken) continue;
    const conflict =
      wrongBucket(taken, sealed, bucket) ?? conflictOf(taken, bySeries.get(taken.series), patientOf.get(taken.study));
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

interface SealedThings {
  patients: ReadonlySet<string>;
  studies: ReadonlySet<string>;
  /** Fingerprints. */
  voxels: ReadonlySet<string>;
}

function sealedThings(catalog: Catalog): SealedThings {
  const images = (catalog.hidden ?? []).flatMap((each) => each.images ?? []);
  return {
    patients: hiddenNumbers(catalog),
    studies: new Set(images.map(({ series }) => parseSeriesId(series).study)),
    voxels: new Set(images.map(({ voxels }) => voxels)),
  };
}

function wrongBucket(
  { patient, study, image }: CatalogSeries,
  sealed: SealedThings,
  bucket: 'ordinary' | 'sealed',
): Omit<Refusal, 'file'> | null {
  const isHidden = sealed.patients.has(patient);
  if (bucket === 'sealed') {
    return isHidden ? null : { field: 'patient', expected: 'a patient of the hidden test', got: 'another' };
  }
  if (isHidden || sealed.studies.has(study)) return IS_HIDDEN;
  return sealed.voxels.has(fingerprint(image.voxelDigest)) ? { ...IS_HIDDEN, field: 'content' } : null;
}

/** What a file of a hidden-test patient is refused with wherever it was not handed in as one. */
export const IS_HIDDEN = {
  field: 'patient',
  expected: 'another patient, or --hidden, which takes the files into the sealed bucket',
  got: 'a patient of the hidden test',
} as const;

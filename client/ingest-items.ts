import type { Catalog } from '../core/catalog.ts';
import { fingerprint } from '../core/hidden-patients.ts';
import type { IngestItem, Refusal } from '../core/ingest.ts';
import type { CohortFile, CohortSeries } from './cohort-plan.ts';
import { concurrently } from './concurrently.ts';
import { fileDigest } from './file-digest.ts';

/** What is left to take in, once files are named by digest. */
export interface DigestedCohort {
  items: IngestItem[];
  /** Where the bytes of each digest lie. */
  files: Map<string, CohortFile>;
  refused: Refusal[];
  /** Series that the catalog holds already, image and mask. */
  unchanged: number;
}

type Digested = { item: IngestItem } | { refusals: Refusal[]; item: IngestItem | null };

/**
 * Names every file by its digest. Refuses files that can't be read and images whose bytes are another series' too, in the cohort or
 * in the catalog: a patient under two numbers could be in two sets. Leaves out what the catalog already holds.
 */
export async function digestCohort(
  series: readonly CohortSeries[],
  catalog: Catalog,
  onDone: (done: number, file: string) => void,
): Promise<DigestedCohort> {
  const files = new Map<string, CohortFile>();
  let done = 0;
  const digested = await concurrently(series, 4, async (planned): Promise<Digested> => {
    const result = await digestSeries(planned, files);
    onDone(++done, planned.image.name);
    return result;
  });
  const known = new Map(catalog.series.map((entry) => [entry.series, entry]));
  const ownerOf = new Map(catalog.series.map((entry) => [entry.sourceDigest, entry.series]));
  const sealed = (catalog.hidden ?? []).flatMap((each) => each.images ?? []);
  const sealedAs = new Map(sealed.map((image) => [image.source, image.series]));
  const cohort: DigestedCohort = { items: [], files, refused: [], unchanged: 0 };
  for (const { item, ...rest } of digested) {
    if ('refusals' in rest) cohort.refused.push(...rest.refusals);
    if (!item) continue;
    const { digest, name } = item.image;
    const owner = ownerOf.get(digest) ?? sealedAs.get(fingerprint(digest)) ?? item.series;
    if (owner !== item.series) {
      cohort.refused.push({ file: name, field: 'content', expected: 'an image of its own', got: `that of ${owner}` });
      continue;
    }
    ownerOf.set(digest, item.series);
    const stored = known.get(item.series);
    const same = stored?.sourceDigest === digest && stored.patient === item.patient;
    if (same && (stored.reference || !item.mask)) cohort.unchanged++;
    else cohort.items.push(item);
  }
  return cohort;
}

async function digestSeries(planned: CohortSeries, files: Map<string, CohortFile>): Promise<Digested> {
  const refusals: Refusal[] = [];
  const digest = async (file: CohortFile): Promise<IngestItem['image'] | null> => {
    try {
      const ref = await fileDigest(file.path);
      files.set(ref.digest, file);
      return { ...ref, name: file.name };
    } catch (error) {
      const got = (error as NodeJS.ErrnoException).code ?? 'an error';
      refusals.push({ file: file.name, field: 'file', expected: 'a readable file', got });
      return null;
    }
  };
  const image = await digest(planned.image);
  const mask = planned.mask && image ? await digest(planned.mask) : null;
  const item = image && { ...planned, image, mask };
  return refusals.length > 0 ? { refusals, item } : { item: item! };
}

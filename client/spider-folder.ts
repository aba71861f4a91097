import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Hospital, parseSeriesId, SeriesId } from '../core/ids.ts';
import type { Refusal } from '../core/ingest.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { STRUCTURE_CLASSES } from '../core/labels.ts';
import { hospitalOf, keptColumns, sexOf, type OverviewRecord } from '../core/overview.ts';
import { compareSeries } from '../core/catalog.ts';
import type { CohortFile, CohortPlan, CohortSeries, Overview } from './cohort-plan.ts';
import { readOverview } from './overview-file.ts';

/**
 * Reads a folder in SPIDER's layout: `images/<series>.mha`, optionally `masks/<series>.mha` and `overview.csv`. No volume is
 * opened. The study number is the patient. Names that begin with a dot are passed over. Throws InvalidInputError when there is no
 * folder `images` or the table is none.
 */
export async function readSpiderFolder(folder: string): Promise<CohortPlan> {
  const refused: Refusal[] = [];
  const images = await volumes(folder, 'images', refused);
  if (!images) throw new InvalidInputError(folder, 'images', 'a folder "images" with MHA files', 'none');
  const masks = (await volumes(folder, 'masks', refused)) ?? new Map<SeriesId, CohortFile>();
  for (const [series, { name }] of masks) {
    if (!images.has(series))
      refused.push({ file: name, field: 'image', expected: `images/${series}.mha`, got: 'none' });
  }
  const overview = await readOverview({ path: join(folder, 'overview.csv'), name: 'overview.csv' });
  refused.push(...overview.refused);
  const series: CohortSeries[] = [];
  for (const [id, image] of images) {
    const planned = plannedSeries(id, image, masks.get(id) ?? null, overview);
    if ('refusal' in planned) refused.push(planned.refusal);
    else series.push(planned);
  }
  return { series: series.sort(compareSeries), refused };
}

/** The volumes of one folder by series; undefined when there is no such folder. What isn't `<series>.mha` is refused. */
async function volumes(
  folder: string,
  inner: 'images' | 'masks',
  refused: Refusal[],
): Promise<Map<SeriesId, CohortFile> | undefined> {
  const entries = await readdir(join(folder, inner), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw new InvalidInputError(folder, inner, 'a readable folder', error.code ?? 'none');
  });
  if (!entries) return undefined;
  const found = new Map<SeriesId, CohortFile>();
  const names = entries.map(({ name }) => name).filter((name) => !name.startsWith('.'));
  for (const entry of names.sort()) {
    const name = `${inner}/${entry}`;
    const [, stem] = /^(.*)\.mha$/i.exec(entry) ?? [];
    const series = SeriesId.safeParse(stem);
    if (!series.success) {
      refused.push({ file: name, field: 'name', expected: '<study>_<t1|t2|t2_SPACE>.mha', got: entry });
      continue;
    }
    const first = found.get(series.data);
    if (first)
      refused.push({ file: name, field: 'series', expected: 'each series once', got: `${first.name} as well` });
    else found.set(series.data, { path: join(folder, inner, entry), name });
  }
  return found;
}

function plannedSeries(
  series: SeriesId,
  image: CohortFile,
  mask: CohortFile | null,
  { rows }: Overview,
): CohortSeries | { refusal: Refusal } {
  const { study, sequence } = parseSeriesId(series);
  const row = rows.get(series);
  const ofStudy = [...rows].filter(([id]) => id.startsWith(`${study}_`)).map(([, each]) => each);
  const refuse = (field: string, expected: string, got: string) => ({
    refusal: { file: image.name, field: `${field} in overview.csv`, expected, got },
  });
  const sets = subsetsOf(ofStudy);
  if (sets.length > 1) return refuse('subset', `one set for all series of patient ${study}`, sets.join(' and '));
  const hospital = Hospital.safeParse(hospitalOf(ofStudy));
  if (!hospital.success) return refuse('hospital', 'up to 16 letters, digits and hyphens', 'another code');
  return {
    series,
    study,
    patient: study,
    sequence,
    hospital: hospital.data,
    sex: sexOf(row ?? ofStudy[0] ?? {}),
    overview: row ? keptColumns(row) : null,
    image,
    mask,
    annotatedClasses: [...STRUCTURE_CLASSES],
    classOfLabel: null,
  };
}

/** The sets that a patient's rows name: one, unless the table is wrong. */
function subsetsOf(rows: readonly OverviewRecord[]): string[] {
  const named = rows.map((row) => row['subset']?.trim()).filter((set): set is string => Boolean(set));
  return [...new Set(named)].sort();
}

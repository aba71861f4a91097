import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareSeries } from '../core/catalog.ts';
import { CohortMapping, type MappedSeries } from '../core/cohort-mapping.ts';
import { parseSeriesId } from '../core/ids.ts';
import type { Refusal } from '../core/ingest.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { CohortFile, CohortPlan, CohortSeries } from './cohort-plan.ts';

/**
 * Reads a folder whose files a mapping names (core/cohort-mapping.ts). Only masks in the role `initial` are taken; those that are
 * held back stay where they are. No volume is opened. Throws InvalidInputError when the mapping can't be used.
 */
export async function readMappedFolder(folder: string, mappingPath: string): Promise<CohortPlan> {
  const mapping = await readMapping(mappingPath);
  const patientOf = new Map<string, string>();
  const series: CohortSeries[] = [];
  const refused: Refusal[] = [];
  for (const entry of mapping.series) {
    const planned = plannedSeries(folder, entry);
    const { study, patient, image, mask } = planned;
    const known = patientOf.get(study) ?? patient;
    if (known !== patient) {
      refused.push({ file: image.name, field: 'patient', expected: `${known}, as in study ${study}`, got: patient });
      continue;
    }
    patientOf.set(study, patient);
    const absent = await absentFile(mask ? [image, mask] : [image]);
    if (absent) refused.push({ file: absent, field: 'file', expected: 'a file, as the mapping says', got: 'none' });
    if (absent !== image.name) series.push({ ...planned, mask: absent === null ? mask : null });
  }
  const hidden = mapping.series.filter((entry) => entry.hidden).map((entry) => patientOf.get(studyOf(entry))!);
  return {
    series: series.sort(compareSeries),
    refused,
    ...(hidden.length > 0 ? { hidden: [...new Set(hidden)] } : {}),
  };
}

function studyOf({ series }: MappedSeries): string {
  return parseSeriesId(series).study;
}

/** Reads and checks a mapping file. Throws InvalidInputError naming the first field that is wrong. */
export async function readMapping(path: string): Promise<CohortMapping> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InvalidInputError(path, 'file', 'a readable mapping file', error.code ?? 'none');
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidInputError(path, 'content', 'JSON', 'something else');
  }
  const parsed = CohortMapping.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'content';
  throw new InvalidInputError(
    path,
    field,
    (issue?.message ?? 'another value').replace(/^expected /, ''),
    'another value',
  );
}

function plannedSeries(folder: string, entry: MappedSeries): CohortSeries {
  const { study, sequence } = parseSeriesId(entry.series);
  const file = (name: string): CohortFile => ({ path: join(folder, name), name });
  return {
    series: entry.series,
    study,
    patient: entry.patient ?? study,
    sequence,
    hospital: entry.hospital,
    sex: entry.sex,
    overview: null,
    image: file(entry.image),
    mask: entry.mask !== null && entry.role === 'initial' ? file(entry.mask) : null,
    annotatedClasses: entry.annotatedClasses,
    classOfLabel: entry.labels === 'spider' ? null : entry.labels,
  };
}

async function absentFile(files: readonly CohortFile[]): Promise<string | null> {
  for (const { path, name } of files) {
    const found = await stat(path).catch(() => null);
    if (!found?.isFile()) return name;
  }
  return null;
}

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asMask, decodeMha } from '../../adapters/volume.ts';
import { CohortMapping, type MappedSeries } from '../../core/cohort-mapping.ts';
import { SeriesId } from '../../core/ids.ts';
import { instancesFromClasses } from '../../core/instances.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { STRUCTURE_CLASSES } from '../../core/labels.ts';
import type { Mask } from '../../core/volume.ts';
import type { Truth } from './correction.ts';

/** Finds the true mask of a series; null when none is known. */
export type TruthSource = (series: SeriesId) => Promise<Truth | null>;

/**
 * Takes the truth from `<folder>/truth/<series>.mha`, SPIDER's labels, all classes annotated; null where there is no such file.
 * The source throws InvalidInputError for a file that is no mask.
 */
export function truthFromFolder(folder: string): TruthSource {
  return async (series) => {
    const name = `${SeriesId.parse(series)}.mha`;
    const mask = await readMask(join(folder, 'truth', name), `truth/${name}`);
    return mask && { mask, annotatedClasses: STRUCTURE_CLASSES };
  };
}

/**
 * Takes the truth from the masks that a cohort mapping holds back, in `folder`: masks that only tell classes apart are numbered
 * first, and each answers for its annotated classes. null for series that the mapping doesn't name or whose mask it hands in at
 * ingest. Throws InvalidInputError for a mapping that is none; the source for a mask that is missing or none.
 */
export async function truthFromMapping(mappingFile: string, folder: string): Promise<TruthSource> {
  const mapping = await readMapping(mappingFile);
  const held = new Map(mapping.series.filter(({ role }) => role === 'held-back').map((entry) => [entry.series, entry]));
  return async (series) => {
    const entry = held.get(series);
    return entry ? heldBack(entry, folder) : null;
  };
}

async function heldBack(
  { series, mask: path, labels, annotatedClasses }: MappedSeries,
  folder: string,
): Promise<Truth> {
  if (path === null) throw new InvalidInputError(series, 'mask', 'a mask, since it is held back', 'none');
  const mask = await readMask(join(folder, path), path);
  if (mask === null) throw new InvalidInputError(path, 'file', 'the mask that the mapping names', 'no such file');
  return { mask: labels === 'spider' ? mask : instancesFromClasses(mask, labels), annotatedClasses };
}

async function readMapping(file: string): Promise<CohortMapping> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new InvalidInputError('cohort mapping', 'file', 'a readable JSON file', codeOf(error));
  }
  const parsed = CohortMapping.safeParse(content);
  const issue = parsed.error?.issues[0];
  if (issue)
    throw new InvalidInputError('cohort mapping', issue.path.join('.') || 'file', issue.message, 'another value');
  return parsed.data!;
}

async function readMask(path: string, name: string): Promise<Mask | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  return asMask(await decodeMha(bytes, name), name);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error as Error).name;
}

import { join } from 'node:path';
import type { SplitSet } from '../../core/catalog.ts';
import { SeriesId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { readOverview } from '../overview-file.ts';
import { readSpiderFolder } from '../spider-folder.ts';
import { LAYOUT } from '../version-files.ts';
import {
  asInManifest,
  manifestBeside,
  setsByPatient,
  setsInManifest,
  type NamedSet,
  type ReleasePlan,
} from './release-plan.ts';

const SETS: Record<string, SplitSet> = { training: 'train', validation: 'validation' };

/**
 * A release in SPIDER's layout, with the sets of its table's `subset` column; series without one have none. Throws
 * InvalidInputError for a subset that is neither training nor validation: a test set must not become one of them.
 */
export async function readSpiderRelease(folder: string): Promise<ReleasePlan> {
  const { series: found, refused } = await readSpiderFolder(folder);
  const manifest = await manifestBeside(folder);
  const series = found.map((planned) => asInManifest(planned, manifest.get(planned.series)));
  const named = [...(await setsInTable(folder)), ...setsInManifest(manifest)];
  return { series, refused, sets: setsByPatient(series, named) };
}

async function setsInTable(folder: string): Promise<NamedSet[]> {
  const { rows } = await readOverview({ path: join(folder, LAYOUT.overview), name: LAYOUT.overview });
  return [...rows].flatMap(([name, row]): NamedSet[] => {
    const series = SeriesId.safeParse(name);
    const subset = row['subset']?.trim() ?? '';
    if (!series.success || subset === '') return [];
    const set = SETS[subset];
    if (set === undefined) {
      throw new InvalidInputError(LAYOUT.overview, `subset of ${name}`, 'training or validation', 'another set');
    }
    return [{ series: series.data, set, where: LAYOUT.overview }];
  });
}

import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SeriesId } from '../core/ids.ts';
import type { CohortMaterial, ReadTable } from '../core/inspection/inspect.ts';
import type { CohortFiles, SeriesFiles } from '../core/inspection/file-rules.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import { labelsOf } from '../core/structures.ts';
import { parseCsv } from './csv-table.ts';
import { readMaskFile, readMhaGrid } from './mha-file.ts';
import { voxelDigest } from './volume.ts';

const OVERVIEW = 'overview.csv';
const GRADINGS = 'radiological_gradings.csv';

export interface MaterialOptions {
  /** A file of gradings; by default radiological_gradings.csv beside the table, if it is there. */
  gradings?: string | undefined;
  /** Told after each series of a folder. */
  progress?: (done: number, total: number) => void;
}

/**
 * Reads what an inspection needs: an overview.csv, or a folder in SPIDER's layout (`overview.csv`, `images/<series>.mha`,
 * `masks/<series>.mha`). Of images the headers alone are read. A volume that can't be read is a fault of its series; a table that
 * is none throws InvalidInputError, as does a folder without a table.
 */
export async function readCohortMaterial(path: string, options: MaterialOptions = {}): Promise<CohortMaterial> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    (error: NodeJS.ErrnoException) => {
      throw new InvalidInputError(path, 'file', 'a folder or an overview.csv', error.code ?? 'none');
    },
  );
  const folder = isFolder ? path : dirname(path);
  const overview = await readTable(isFolder ? join(path, OVERVIEW) : path, 'new_file_name');
  if (!overview) throw new InvalidInputError(path, OVERVIEW, 'a table of the series in the folder', 'none');
  const gradings = await readTable(options.gradings ?? join(folder, GRADINGS), 'IVD label');
  if (!gradings && options.gradings !== undefined)
    throw new InvalidInputError(options.gradings, 'file', 'a table of gradings', 'none');
  return { overview, gradings, files: isFolder ? await readFiles(path, options.progress) : null };
}

/** Null when there is no such file. Throws InvalidInputError for a table without the column. */
export async function readTable(path: string, column: string): Promise<ReadTable | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new InvalidInputError(path, 'file', 'a readable file', error.code ?? 'none');
  });
  if (!bytes) return null;
  const { columns, rows } = parseCsv(bytes, path);
  if (!columns.includes(column))
    throw new InvalidInputError(path, 'columns', `a column "${column}"`, `${columns.length} others`);
  const lines = rows.map(({ line, cells }) => ({
    line,
    cells: cells.length,
    record: Object.fromEntries(columns.map((name, index) => [name, cells[index]])),
  }));
  return { columns, lines };
}

async function readFiles(folder: string, progress?: MaterialOptions['progress']): Promise<CohortFiles | null> {
  const images = await seriesIn(join(folder, 'images'));
  const masks = await seriesIn(join(folder, 'masks'));
  if (!images && !masks) return null;
  const all = [...new Set([...(images ?? []), ...(masks ?? [])])];
  const series: SeriesFiles[] = [];
  for (const [done, name] of all.entries()) {
    series.push({
      series: name,
      image: images?.has(name)
        ? await readImageHeader(join(folder, 'images', `${name}.mha`), `images/${name}.mha`)
        : null,
      mask: masks?.has(name) ? await readMask(join(folder, 'masks', `${name}.mha`), `masks/${name}.mha`) : null,
    });
    progress?.(done + 1, all.length);
  }
  return { series, masks: masks !== null };
}

/** The series of a folder's MHA files; null when there is no such folder. Other files are passed over. */
async function seriesIn(folder: string): Promise<Set<SeriesId> | null> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new InvalidInputError(folder, 'folder', 'a readable folder', error.code ?? 'none');
  });
  if (!names) return null;
  const stems = names.filter((name) => name.endsWith('.mha')).map((name) => name.slice(0, -'.mha'.length));
  return new Set(stems.filter((stem) => SeriesId.safeParse(stem).success).sort());
}

async function readImageHeader(path: string, name: string): Promise<SeriesFiles['image']> {
  return faultOf(async () => ({ grid: await readMhaGrid(path, name) }));
}

async function readMask(path: string, name: string): Promise<SeriesFiles['mask']> {
  return faultOf(async () => {
    const mask = await readMaskFile(path, name);
    return { grid: mask.grid, labels: labelsOf(mask), voxelDigest: voxelDigest(mask) };
  });
}

async function faultOf<T>(read: () => Promise<T>): Promise<T | { fault: string }> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { fault: `${error.field}: expected ${error.expected}, got ${error.got}` };
  }
}

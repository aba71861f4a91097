import { readFile } from 'node:fs/promises';
import { parseCsv } from '../adapters/csv-table.ts';
import type { Refusal } from '../core/ingest.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { OverviewRecord } from '../core/overview.ts';
import type { CohortFile, Overview } from './cohort-plan.ts';

const SERIES_COLUMN = 'new_file_name';

/**
 * Reads an overview.csv. Rows that can't be used (another number of cells, a series named before) are refused one by one.
 * A file that isn't there gives an empty overview. Throws InvalidInputError when the whole isn't a table of series.
 */
export async function readOverview(file: CohortFile): Promise<Overview> {
  const bytes = await readFile(file.path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new InvalidInputError(file.name, 'file', 'a readable file', error.code ?? 'none');
  });
  const rows = new Map<string, OverviewRecord>();
  const refused: Refusal[] = [];
  if (bytes === null) return { rows, refused };
  const table = parseCsv(bytes, file.name);
  if (!table.columns.includes(SERIES_COLUMN)) {
    throw new InvalidInputError(file.name, 'columns', `a column "${SERIES_COLUMN}"`, `${table.columns.length} others`);
  }
  for (const { line, cells } of table.rows) {
    const refuse = (field: string, expected: string, got: string) =>
      refused.push({ file: file.name, field: `line ${line}${field}`, expected, got });
    if (cells.length !== table.columns.length) {
      refuse('', `${table.columns.length} cells`, `${cells.length}`);
      continue;
    }
    const row = Object.fromEntries(table.columns.map((column, index) => [column, cells[index]!]));
    const series = row[SERIES_COLUMN]!.trim();
    if (rows.has(series)) refuse(`, ${SERIES_COLUMN}`, 'each series once', `"${series}" again`);
    else rows.set(series, row);
  }
  return { rows, refused };
}

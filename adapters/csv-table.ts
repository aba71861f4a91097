import { parse } from 'csv-parse/sync';
import { InvalidInputError } from '../core/invalid-input.ts';

/** A table as read: every cell a text, blanks and all. A row may have more or fewer cells than there are columns. */
export interface CsvTable {
  columns: string[];
  /** `line` is the number, from 1, of the row's last line in the file. */
  rows: { line: number; cells: string[] }[];
}

/** Reads a CSV file (RFC 4180, in UTF-8, with or without BOM, CRLF or LF). Throws InvalidInputError; `name` stands in it. */
export function parseCsv(bytes: Uint8Array, name: string): CsvTable {
  const [header, ...rows] = records(bytes, name);
  if (!header) throw new InvalidInputError(name, 'content', 'a line of column names', 'an empty file');
  const twice = header.cells.find((column, index) => header.cells.indexOf(column) !== index);
  if (twice !== undefined) throw new InvalidInputError(name, 'columns', 'each column once', `"${twice}" twice`);
  return { columns: header.cells, rows };
}

function records(bytes: Uint8Array, name: string): CsvTable['rows'] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const options = { bom: true, relax_column_count: true, skip_empty_lines: true, info: true } as const;
    const found = parse(text, options) as unknown as { record: string[]; info: { lines: number } }[];
    return found.map(({ record, info }) => ({ line: info.lines, cells: record }));
  } catch (error) {
    // The library's messages quote cells; a table may hold more about a person than belongs in a log.
    const { code, lines } = error as { code?: string; lines?: number };
    const where = lines === undefined ? '' : ` at line ${lines}`;
    throw new InvalidInputError(name, 'content', 'a CSV table in UTF-8', `${code ?? 'other bytes'}${where}`);
  }
}

/** Writes a CSV table with CRLF line ends; cells are quoted where they must be. */
export function formatCsv(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, ...rows].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

import { compareText } from './mixed-hash.ts';
import type { Protocol } from './protocol.ts';
import { ALL, type Estimate, type ScoreCell } from './score-table.ts';

export type TableMeasure = 'dice' | 'asdMm' | 'hd95Mm' | 'surfaceDice';

/** One measure by one protocol as the paper lays it out: a row for each structure and hospital, a column for each sequence. */
export interface CrossTable {
  /** The columns, `all` last. */
  sequences: string[];
  /** By structure as in the cells, in it by hospital, `all` last. An estimate is null where there is no structure. */
  rows: { structure: ScoreCell['structure']; hospital: string; estimates: (Estimate | null)[] }[];
}

/** Lays the cells of a score table out as structure × hospital by sequence; without rows for a protocol that has no cells. */
export function crossTable(cells: readonly ScoreCell[], protocol: Protocol, measure: TableMeasure): CrossTable {
  const own = cells.filter((cell) => cell.protocol === protocol);
  const sequences = allLast(own.map(({ sequence }) => sequence));
  const rows = [...new Set(own.map(({ structure }) => structure))].flatMap((structure) => {
    const ofStructure = own.filter((cell) => cell.structure === structure);
    return allLast(ofStructure.map(({ hospital }) => hospital)).map((hospital) => {
      const ofRow = ofStructure.filter((cell) => cell.hospital === hospital);
      const estimates = sequences.map((name) => ofRow.find(({ sequence }) => sequence === name)?.[measure] ?? null);
      return { structure, hospital, estimates };
    });
  });
  return { sequences, rows };
}

/** `0.912 ± 0.031 (0.901–0.923)`: mean, standard deviation unless `sd` is false, interval; what is undefined is left out, or a dash. */
export function estimateText(estimate: Estimate | null, digits: number, { sd = true } = {}): string {
  if (!estimate?.defined) return '–';
  const { mean, interval } = estimate;
  const spread = sd && estimate.sd !== null ? ` ± ${estimate.sd.toFixed(digits)}` : '';
  const range = interval ? ` (${interval.low.toFixed(digits)}–${interval.high.toFixed(digits)})` : '';
  return `${mean.toFixed(digits)}${spread}${range}`;
}

function allLast(names: readonly string[]): string[] {
  return [...new Set(names)].sort((a, b) => Number(a === ALL) - Number(b === ALL) || compareText(a, b));
}

import { compareText } from '../mixed-hash.ts';
import { comparePublished, isPublishedCohort, type PublishedFigure } from './published.ts';
import type { Defect } from './defect.ts';
import { fileDefects, spacingOfGrid, type CohortFiles, type SeriesFiles } from './file-rules.ts';
import { gradingDefects, gradingRows } from './grading-rules.ts';
import { cohortRows, type CohortRow, type TableLine } from './rows.ts';
import { hospitalTable, setTable, type HospitalSummary, type SetSummary, type Spacing } from './summary.ts';
import { copiedHeaders, tableDefects } from './table-rules.ts';

export interface ReadTable {
  columns: string[];
  lines: TableLine[];
}

export interface CohortMaterial {
  overview: ReadTable;
  gradings: ReadTable | null;
  /** Null when there is a table only. */
  files: CohortFiles | null;
}

export interface Inspection {
  /** Where the voxel sizes of Table 1 come from. */
  voxelsFrom: 'table' | 'headers';
  hospitals: HospitalSummary[];
  sets: SetSummary[];
  /** Errors first, then warnings, then notes; rule by rule, in order of the studies. */
  defects: Defect[];
  /** Beside the paper's figures; null when the cohort isn't the published one. */
  published: PublishedFigure[] | null;
  /** What could not be looked at, for want of files. */
  unchecked: string[];
}

/** Sums a cohort up as the paper's Table 1 and 2 do, and lists every defect that tables and files show. */
export function inspectCohort({ overview, gradings, files }: CohortMaterial): Inspection {
  const { rows, defects } = cohortRows(overview.lines, overview.columns.length);
  const copied = copiedHeaders(rows);
  defects.push(...tableDefects(rows));
  if (gradings) {
    const read = gradingRows(gradings.lines, gradings.columns.length);
    defects.push(...read.defects, ...gradingDefects(read.gradings, rows));
  }
  if (files) {
    defects.push(...fileDefects(files, rows, copied));
  }
  const hospitals = hospitalTable(rows, spacings(rows, copied, files?.series ?? null));
  const sets = setTable(rows);
  const voxelsFrom = files ? 'headers' : 'table';
  return {
    voxelsFrom,
    hospitals,
    sets,
    defects: ordered(defects),
    published: isPublishedCohort(hospitals) ? comparePublished(hospitals, sets, voxelsFrom) : null,
    unchecked: [
      ...(files ? [] : ['image headers against the table (spacing, size, orientation): only a table was given']),
      ...(files?.masks ? [] : ['the labels of masks against the counts of the table: no masks were given']),
      ...(gradings ? [] : ['gradings against the counts of the table: no gradings were given']),
    ],
  };
}

/** By the header where there are files; else by the table, unless its columns are those of another series. */
function spacings(
  rows: readonly CohortRow[],
  copied: ReadonlyMap<string, string>,
  files: readonly SeriesFiles[] | null,
): (series: string) => Spacing | undefined {
  if (!files) {
    const own = new Map<string, Spacing>(
      rows.filter(({ series }) => !copied.has(series)).map((row) => [row.series, row]),
    );
    return (series) => own.get(series);
  }
  const grids = new Map<string, Spacing>(
    files.flatMap(({ series, image }) =>
      image && 'grid' in image ? [[series, spacingOfGrid(image.grid)] as const] : [],
    ),
  );
  return (series) => grids.get(series);
}

const SEVERITIES: readonly Defect['severity'][] = ['error', 'warning', 'note'];

function ordered(defects: readonly Defect[]): Defect[] {
  const rules = [...new Set(defects.map(({ rule }) => rule))];
  const study = ({ id }: Defect) => Number(/\d+/.exec(id.slice(id.indexOf('/')))?.[0] ?? 0);
  const rank = ({ severity, rule }: Defect) => SEVERITIES.indexOf(severity) * rules.length + rules.indexOf(rule);
  return [...defects].sort((a, b) => rank(a) - rank(b) || study(a) - study(b) || compareText(a.id, b.id));
}

import type { Sex, SplitSet } from '../catalog.ts';
import { compareSeries } from '../catalog.ts';
import { Hospital, parseSeriesId, SeriesId, type Sequence, type StudyId } from '../ids.ts';
import { hospitalOf, sexOf, type OverviewRecord } from '../overview.ts';
import { defect, type Defect } from './defect.ts';

/** A line of a table as read, by column name; `cells` counts what the line holds, which may be more or fewer. */
export interface TableLine {
  line: number;
  cells: number;
  record: OverviewRecord;
}

/** What a row of overview.csv says, as far as it can be read. The study number is the patient. */
export interface CohortRow {
  line: number;
  series: SeriesId;
  study: StudyId;
  sequence: Sequence;
  /** By all rows of the study. */
  hospital: Hospital;
  set: SplitSet | null;
  sex: Sex;
  vertebrae: number | null;
  discs: number | null;
  /** Millimetres between rows and between columns of a slice. */
  inPlaneMm: [number, number] | null;
  /** Millimetres between slices, centre to centre. */
  sliceMm: number | null;
  record: OverviewRecord;
}

const SETS: Record<string, SplitSet> = { training: 'train', validation: 'validation' };
const MOST_STRUCTURES = 25;

/** Reads the rows of overview.csv, in order of study and sequence; what can't be read is a defect, and its row may be left out. */
export function cohortRows(lines: readonly TableLine[], columns: number): { rows: CohortRow[]; defects: Defect[] } {
  const defects: Defect[] = [];
  const rows: CohortRow[] = [];
  const first = new Map<string, number>();
  for (const { line, cells, record } of lines) {
    const name = record['new_file_name']?.trim() ?? '';
    const refuse = (rule: string, found: string, expected: string, severity: Defect['severity'] = 'error') => {
      const series = SeriesId.safeParse(name).success ? [name] : [];
      defects.push(defect(rule, severity, { at: series[0] ?? `line-${line}`, series, lines: [line] }, found, expected));
    };
    if (cells !== columns) refuse('cells', `${cells} cells`, `${columns} cells`);
    else if (!SeriesId.safeParse(name).success) refuse('series-name', 'another name', '<study>_<t1|t2|t2_SPACE>');
    else if (first.has(name)) refuse('series-twice', `lines ${first.get(name)} and ${line}`, 'each series once');
    else {
      first.set(name, line);
      rows.push(rowOf(line, SeriesId.parse(name), record, refuse));
    }
  }
  const studies = groupBy(rows, ({ study }) => study);
  for (const study of studies.values()) {
    const hospital = Hospital.safeParse(hospitalOf(study.map(({ record }) => record)));
    for (const row of study) row.hospital = hospital.success ? hospital.data : 'unknown';
  }
  return { rows: rows.sort(compareSeries), defects };
}

type Refuse = (rule: string, found: string, expected: string, severity?: Defect['severity']) => void;

function rowOf(line: number, series: SeriesId, record: OverviewRecord, refuse: Refuse): CohortRow {
  const subset = record['subset']?.trim() ?? '';
  const set = SETS[subset] ?? null;
  if (!set) refuse('subset', subset === '' ? 'nothing' : 'another word', 'training or validation');
  const sex = sexOf(record);
  if (sex === 'unknown') refuse('sex', record['sex']?.trim() ? 'another letter' : 'nothing', 'F, M or O', 'note');
  const inPlaneMm = pair(record['PixelSpacing']);
  if (!inPlaneMm) refuse('pixel-spacing', 'no pair of numbers', 'two positive numbers in millimetres', 'warning');
  const sliceMm = positive(record['SpacingBetweenSlices']);
  if (sliceMm === null) refuse('slice-spacing', 'no number', 'a positive number in millimetres', 'warning');
  const count = (column: string): number | null => {
    const text = record[column]?.trim() ?? '';
    const value = /^\d+$/.test(text) && Number(text) <= MOST_STRUCTURES ? Number(text) : null;
    if (value === null) refuse(column.replace('_', '-'), 'no such count', `a whole number up to ${MOST_STRUCTURES}`);
    return value;
  };
  return {
    line,
    series,
    ...parseSeriesId(series),
    hospital: 'unknown',
    set,
    sex,
    vertebrae: count('num_vertebrae'),
    discs: count('num_discs'),
    inPlaneMm,
    sliceMm,
    record,
  };
}

/** A Python list of two positive numbers, as pandas writes it: `[0.625, .46875]`. */
function pair(text: string | undefined): [number, number] | null {
  const [, a, b] = /^\s*\[\s*([^,\s]+)\s*,\s*([^,\s]+)\s*\]\s*$/.exec(text ?? '') ?? [];
  const [first, second] = [positive(a), positive(b)];
  return first === null || second === null ? null : [first, second];
}

function positive(text: string | undefined): number | null {
  const value = /^\s*(\d+\.?\d*|\.\d+)\s*$/.test(text ?? '') ? Number(text) : 0;
  return value > 0 ? value : null;
}

/** Groups in order of first appearance. */
export function groupBy<T, K>(items: readonly T[], key: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

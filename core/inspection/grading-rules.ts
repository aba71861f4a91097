import { StudyId } from '../ids.ts';
import { defect, type Defect } from './defect.ts';
import { groupBy, type CohortRow, type TableLine } from './rows.ts';

/** The columns of SPIDER's radiological_gradings.csv, with the least and the most that each may say. */
export const GRADING_SCALES = {
  Modic: [0, 3],
  'UP endplate': [0, 1],
  'LOW endplate': [0, 1],
  Spondylolisthesis: [0, 1],
  'Disc herniation': [0, 1],
  'Disc narrowing': [0, 1],
  'Disc bulging': [0, 1],
  'Pfirrman grade': [1, 5],
} as const;

export interface Grading {
  line: number;
  patient: StudyId;
  /** IVD label: 1 is the lowest disc, labelled 201 in the mask. */
  disc: number;
}

/** Reads the gradings; what can't be read, and what can't be so, is a defect. */
export function gradingRows(lines: readonly TableLine[], columns: number): { gradings: Grading[]; defects: Defect[] } {
  const gradings: Grading[] = [];
  const defects: Defect[] = [];
  for (const { line, cells, record } of lines) {
    const add = (rule: string, found: string, expected: string) =>
      defects.push(defect(rule, 'warning', { at: `line-${line}`, table: 'gradings', lines: [line] }, found, expected));
    const patient = StudyId.safeParse(record['Patient']?.trim());
    const disc = wholeNumber(record['IVD label']);
    if (cells !== columns) add('grading-cells', `${cells} cells`, `${columns} cells`);
    else if (!patient.success || disc === null)
      add('grading-row', 'no patient or no disc', 'a study number and an IVD label');
    else {
      gradings.push({ line, patient: patient.data, disc });
      if (disc < 1 || disc > 25)
        add('grading-label', `IVD label ${disc} of patient ${patient.data}`, '1-25: mask label 200 + IVD label');
      for (const [column, [least, most]] of Object.entries(GRADING_SCALES)) {
        const value = wholeNumber(record[column]);
        if (value === null || value < least || value > most)
          add('grading-value', `another value of ${column}`, `a whole number from ${least} to ${most}`);
      }
    }
  }
  return { gradings, defects };
}

/** What gradings and table say against each other. */
export function gradingDefects(gradings: readonly Grading[], rows: readonly CohortRow[]): Defect[] {
  const graded = groupBy(gradings, ({ patient }) => patient);
  const studies = groupBy(rows, ({ study }) => study);
  const found: Defect[] = [];
  for (const [patient, own] of graded) {
    const where = { at: patient, table: 'gradings', lines: own.map(({ line }) => line) } as const;
    const discs = own.map(({ disc }) => disc).sort((a, b) => a - b);
    if (new Set(discs).size < discs.length)
      found.push(defect('graded-twice', 'warning', where, `discs ${discs.join(', ')}`, 'each disc once'));
    else if (discs.some((disc, i) => disc !== discs[0]! + i))
      found.push(defect('grading-gap', 'warning', where, `discs ${discs.join(', ')}`, 'discs without a gap'));
    if (!studies.has(patient))
      found.push(defect('graded-without-series', 'warning', where, 'no series', `series of patient ${patient}`));
  }
  for (const [study, series] of studies) {
    const discs = (graded.get(study) ?? []).map(({ disc }) => disc).sort((a, b) => a - b);
    if (discs.length === 0) {
      const where = { at: study, series: series.map((row) => row.series), lines: series.map((row) => row.line) };
      found.push(defect('not-graded', 'note', where, 'no gradings', 'gradings of every patient'));
    } else found.push(...series.flatMap((row) => discsAsGraded(row, discs)));
  }
  return found;
}

/** The discs of a series are those graded: IVD labels run from 1 to their number. */
function discsAsGraded({ series, line, discs }: CohortRow, graded: readonly number[]): Defect[] {
  const [lowest, highest] = [graded[0]!, graded.at(-1)!];
  if (discs === null || discs === highest) return [];
  const counted = lowest === 0 && graded.length === discs ? ' (as many, counted from 0)' : '';
  const where = { at: series, series: [series], lines: [line] };
  const found = `${discs} discs, IVD labels ${lowest}-${highest}${counted}`;
  return [defect('discs-not-as-graded', 'warning', where, found, `IVD labels 1-${discs}`)];
}

function wholeNumber(text: string | undefined): number | null {
  return /^\s*\d{1,6}\s*$/.test(text ?? '') ? Number(text) : null;
}

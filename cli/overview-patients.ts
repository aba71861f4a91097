import { readTable } from '../adapters/cohort-material.ts';
import type { SplitSet } from '../core/catalog.ts';
import type { PatientId } from '../core/ids.ts';
import type { Defect } from '../core/inspection/defect.ts';
import { cohortRows, groupBy, type CohortRow } from '../core/inspection/rows.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { SplitPatient } from '../core/split.ts';
import type { Output } from './output.ts';

/** The patients of an overview.csv (the study number is the patient), their rows, and the set the table names for each. */
export interface OverviewPatients {
  patients: SplitPatient[];
  rows: CohortRow[];
  published: Map<PatientId, SplitSet>;
  unreadRows: number;
  defects: Defect[];
}

/** Reads a table of series as SPIDER has it; rows that can't be read are told of and left out. Throws InvalidInputError. */
export async function overviewPatients(output: Output, file: string): Promise<OverviewPatients> {
  const table = await readTable(file, 'new_file_name');
  if (!table) throw new InvalidInputError(file, 'file', 'an overview.csv', 'none');
  const { rows, defects } = cohortRows(table.lines, table.columns.length);
  const unreadRows = table.lines.length - rows.length;
  if (unreadRows > 0) output.note(`${unreadRows} rows can't be read; \`spindle cohort inspect\` says why`);
  const studies = [...groupBy(rows, ({ study }) => study).values()];
  const published = new Map(
    studies.flatMap((study) => {
      const sets = new Set(study.map(({ set }) => set));
      const [set] = sets;
      return sets.size === 1 && set ? [[study[0]!.study, set] as const] : [];
    }),
  );
  return { patients: studies.map(patientOf), rows, published, unreadRows, defects };
}

function patientOf(study: readonly CohortRow[]): SplitPatient {
  const { study: patient, hospital, sex } = study[0]!;
  return { patient, hospital, sex, sequences: study.map(({ sequence }) => sequence) };
}

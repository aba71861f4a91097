import type { Command } from 'commander';
import { readCohortMaterial } from '../../adapters/cohort-material.ts';
import type { Defect } from '../../core/inspection/defect.ts';
import { inspectCohort, type Inspection } from '../../core/inspection/inspect.ts';
import type { HospitalSummary, Range, SequenceSummary, SetSummary } from '../../core/inspection/summary.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import type { Progress } from '../progress.ts';
import type { Column } from '../table.ts';

/** Adds `inspect` to the `cohort` command, which is made here when it isn't there yet. */
export function register(program: Command, { output }: CommandContext): void {
  const cohort =
    program.commands.find((command) => command.name() === 'cohort') ??
    program.command('cohort').description('images and masks from outside');
  cohort
    .command('inspect')
    .description('sum up a cohort by hospital and set, and list its defects; nothing is stored')
    .argument('<path>', "an overview.csv, or a folder in SPIDER's layout: overview.csv, images, masks")
    .option('--gradings <file>', 'gradings of the discs (radiological_gradings.csv beside the table, if it is there)')
    .addHelpText(
      'after',
      examples('spindle cohort inspect overview.csv', 'spindle cohort inspect spider --gradings gradings.csv --json'),
    )
    .addHelpText(
      'after',
      '\nOf images the headers are read, of masks the labels. docs/inspection.md describes the defects.',
    )
    .action((path: string, options: { gradings?: string }) => inspect(output, path, options));
}

async function inspect(output: Output, path: string, { gradings }: { gradings?: string }): Promise<void> {
  let shown: Progress | undefined;
  const progress = (done: number, total: number) => (shown ??= output.progress('read', total)).update(done);
  const material = await readCohortMaterial(path, { gradings, progress }).finally(() => shown?.stop());
  const inspection = inspectCohort(material);
  output.result(inspection, () => print(output, inspection));
}

function print(output: Output, { hospitals, sets, defects, published, unchecked, voxelsFrom }: Inspection): void {
  output.line(`Table 1: hospitals (mm by ${voxelsFrom === 'headers' ? 'the image headers' : 'the table'})`);
  output.table(hospitalColumns, hospitals);
  output.line('\nTable 2: sets');
  output.table(setColumns, sets);
  if (published) {
    const other = published.filter(({ same }) => !same);
    output.line(`\nThe paper: ${published.length - other.length} of ${published.length} figures are the same`);
    for (const each of other)
      output.line(
        `  ${each.figure}: ${each.published} in the paper, ${each.found} here${each.remark ? ` (${each.remark})` : ''}`,
      );
  }
  output.line(`\nDefects: ${counted(defects)}`);
  if (defects.length > 0) output.table(defectColumns, defects);
  for (const what of unchecked) output.line(`not checked: ${what}`);
}

function right<Row>(header: string, value: Column<Row>['value']): Column<Row> {
  return { header, value, align: 'right' };
}

const hospitalColumns: Column<HospitalSummary>[] = [
  { header: 'HOSPITAL', value: ({ hospital }) => hospital },
  right('STUDIES', ({ studies }) => studies),
  right('T1', ({ sequences }) => sequences.t1.series),
  right('T2', ({ sequences }) => sequences.t2.series),
  right('SPACE', ({ sequences }) => sequences.t2_SPACE.series),
  { header: 'T1 MM (SLICE × PIXEL)', value: ({ sequences }) => voxels(sequences.t1) },
  { header: 'T2 MM', value: ({ sequences }) => voxels(sequences.t2) },
  { header: 'SPACE MM', value: ({ sequences }) => voxels(sequences.t2_SPACE) },
  right('F', ({ sex }) => sex.F),
  right('M', ({ sex }) => sex.M),
  right('OTHER', ({ sex }) => sex.O + sex.unknown || null),
];

const setColumns: Column<SetSummary>[] = [
  { header: 'SET', value: ({ set }) => set },
  right('PATIENTS', ({ patients }) => patients),
  right('SERIES', ({ series }) => series),
  right('T1', ({ sequences }) => sequences.t1),
  right('T2', ({ sequences }) => sequences.t2),
  right('SPACE', ({ sequences }) => sequences.t2_SPACE),
  right('VERTEBRAE', ({ vertebrae }) => vertebrae),
  right('DISCS', ({ discs }) => discs),
  right('CANALS', ({ canals }) => canals),
];

const defectColumns: Column<Defect>[] = [
  { header: 'SEVERITY', value: ({ severity }) => severity },
  { header: 'DEFECT', value: ({ id }) => id },
  {
    header: 'LINE',
    value: ({ lines, table }) =>
      (lines.length > 4 ? lines.length : lines.join(',')) + (table === 'gradings' ? ' (gradings)' : ''),
  },
  { header: 'FOUND', value: ({ found }) => found },
  { header: 'EXPECTED', value: ({ expected }) => expected },
];

function voxels({ sliceMm, inPlaneMm }: SequenceSummary): string | null {
  return sliceMm && inPlaneMm ? `${range(sliceMm)} × ${range(inPlaneMm)}` : null;
}

function range({ least, most }: Range): string {
  const [a, b] = [least, most].map((mm) => String(Math.round(mm * 100) / 100));
  return a === b ? a! : `${a}–${b}`;
}

function counted(defects: readonly Defect[]): string {
  const of = (severity: Defect['severity']) => defects.filter((each) => each.severity === severity).length;
  return `${of('error')} errors, ${of('warning')} warnings, ${of('note')} notes`;
}

import { InvalidArgumentError, type Command } from 'commander';
import { readTable } from '../../adapters/cohort-material.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { cohortRows, groupBy, type CohortRow } from '../../core/inspection/rows.ts';
import { planSplit, type Imbalance, type SplitPlan } from '../../core/split-plan.ts';
import type { SplitPatient } from '../../core/split.ts';
import { wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';

interface PlanOptions {
  share: number;
  seed: number;
}

export function register(program: Command, { output }: CommandContext): void {
  const split = program.command('split').description('who trains and who validates');
  split
    .command('plan')
    .description('draw a split of the patients in an overview.csv and set it beside the published one')
    .argument('<overview.csv>', 'a table of series as SPIDER has it')
    .option('--share <share>', 'share of patients for validation', share, 0.18)
    .option('--seed <n>', 'another seed draws other patients', wholeNumber(0), 1)
    .addHelpText(
      'after',
      examples('spindle split plan overview.csv', 'spindle split plan overview.csv --seed 7 --json'),
    )
    .addHelpText('after', '\nNothing is stored: rounds draw by the same rules, and keep who was drawn before.')
    .action((file: string, options: PlanOptions) => plan(output, file, options));
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1) return value;
  throw new InvalidArgumentError('expected a number between 0 and 1.');
}

async function plan(output: Output, file: string, { share: validationShare, seed }: PlanOptions): Promise<void> {
  const table = await readTable(file, 'new_file_name');
  if (!table) throw new InvalidInputError(file, 'file', 'an overview.csv', 'none');
  const { rows, defects } = cohortRows(table.lines, table.columns.length);
  const unread = table.lines.length - rows.length;
  if (unread > 0) output.note(`${unread} rows can't be read; \`spindle cohort inspect\` says why`);
  const studies = [...groupBy(rows, ({ study }) => study).values()];
  const published = new Map(
    studies.flatMap((study) => {
      const sets = new Set(study.map(({ set }) => set));
      const [set] = sets;
      return sets.size === 1 && set ? [[study[0]!.study, set] as const] : [];
    }),
  );
  const planned = planSplit({ patients: studies.map(patientOf), published, validationShare, seed });
  output.result({ validationShare, seed, ...planned, unreadRows: unread, defects }, () => print(output, planned));
}

function patientOf(study: readonly CohortRow[]): SplitPatient {
  const { study: patient, hospital, sex } = study[0]!;
  return { patient, hospital, sex, sequences: study.map(({ sequence }) => sequence) };
}

function print(output: Output, { table, imbalance, published }: SplitPlan): void {
  const { train, validation } = table[0] ?? { train: 0, validation: 0 };
  const all = train + validation;
  const other = new Map(published?.table.map((row) => [`${row.group} ${row.value}`, row]));
  output.table(
    [
      { header: 'GROUP', value: ({ group }) => group },
      { header: 'VALUE', value: ({ value }) => value },
      { header: 'PATIENTS', value: (row) => row.train + row.validation, align: 'right' },
      { header: 'TRAIN', value: (row) => row.train, align: 'right' },
      { header: 'VALIDATION', value: (row) => row.validation, align: 'right' },
      { header: 'DUE', value: (row) => (((row.train + row.validation) * validation) / all).toFixed(1), align: 'right' },
      { header: 'PUBLISHED', value: (row) => other.get(`${row.group} ${row.value}`)?.validation, align: 'right' },
    ],
    table,
  );
  output.line();
  const rows = [
    { name: 'this split', ...imbalance },
    ...(published ? [{ name: 'published', ...published.imbalance }] : []),
  ];
  const percent = (key: keyof Imbalance) => ({
    header: key.toUpperCase(),
    value: (row: Imbalance) => `${(100 * row[key]).toFixed(1)} %`,
    align: 'right' as const,
  });
  output.table(
    [
      { header: 'IMBALANCE', value: ({ name }) => name },
      percent('hospital'),
      percent('sex'),
      percent('sequences'),
      percent('overall'),
    ],
    rows,
  );
  output.line('imbalance: the share of validation patients to exchange until they are made up as all patients are');
}

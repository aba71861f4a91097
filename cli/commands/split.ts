import { InvalidArgumentError, type Command } from 'commander';
import { planSplit, type Imbalance, type SplitPlan } from '../../core/split-plan.ts';
import { wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { overviewPatients } from '../overview-patients.ts';

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
  const { patients, published, unreadRows, defects } = await overviewPatients(output, file);
  const planned = planSplit({ patients, published, validationShare, seed });
  output.result({ validationShare, seed, ...planned, unreadRows, defects }, () => print(output, planned));
}

function print(output: Output, { table, imbalance, published, comparison }: SplitPlan): void {
  const { train, validation } = table[0] ?? { train: 0, validation: 0 };
  const all = train + validation;
  const other = new Map(published?.table.map((row) => [keyOf(row), row]));
  const compared = new Map(comparison?.rows.map((row) => [keyOf(row), row]));
  output.table(
    [
      { header: 'GROUP', value: ({ group }) => group },
      { header: 'VALUE', value: ({ value }) => value },
      { header: 'PATIENTS', value: (row) => row.train + row.validation, align: 'right' },
      { header: 'TRAIN', value: (row) => row.train, align: 'right' },
      { header: 'VALIDATION', value: (row) => row.validation, align: 'right' },
      { header: 'DUE', value: (row) => (((row.train + row.validation) * validation) / all).toFixed(1), align: 'right' },
      { header: 'PUBLISHED', value: (row) => other.get(keyOf(row))?.validation, align: 'right' },
      { header: 'THAN PUBLISHED', value: (row) => compared.get(keyOf(row))?.verdict },
    ],
    table,
  );
  output.line();
  printImbalance(output, imbalance, published?.imbalance, comparison);
}

function keyOf({ group, value }: { group: string; value: string }): string {
  return `${group} ${value}`;
}

function printImbalance(
  output: Output,
  own: Imbalance,
  published: Imbalance | undefined,
  comparison: SplitPlan['comparison'],
): void {
  type Row = { name: string; cell: (key: keyof Imbalance) => string };
  const percent = (imbalance: Imbalance) => (key: keyof Imbalance) => `${(100 * imbalance[key]).toFixed(1)} %`;
  const rows: Row[] = [
    { name: 'this split', cell: percent(own) },
    ...(published ? [{ name: 'published', cell: percent(published) }] : []),
    ...(comparison ? [{ name: 'this split is', cell: (key: keyof Imbalance) => comparison.verdicts[key] }] : []),
  ];
  const column = (key: keyof Imbalance) => ({
    header: key.toUpperCase(),
    value: ({ cell }: Row) => cell(key),
    align: 'right' as const,
  });
  output.table<Row>(
    [
      { header: 'IMBALANCE', value: ({ name }) => name },
      column('hospital'),
      column('sex'),
      column('sequences'),
      column('overall'),
    ],
    rows,
  );
  output.line('imbalance: the share of validation patients to exchange until they are made up as all patients are');
  if (comparison?.noWorse) output.line('no worse than the published split by hospital, sex and sequences');
}

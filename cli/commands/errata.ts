import type { Command } from 'commander';
import type { FiledErratum, ShownErratum } from '../../client/errata/errata.ts';
import type { ErratumLine } from '../../client/errata/errata-lines.ts';
import { ERRATUM_STATES, erratumWords, PublicText, type Erratum, type ErratumState } from '../../core/erratum.ts';
import { refusalOf, type Refusal } from '../../core/ingest.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { labelName } from '../../core/labels.ts';
import { checkedBy, oneOf, wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { noteMissingWorkers } from '../missing-workers.ts';
import type { Output } from '../output.ts';
import { printRefusals } from '../refusal-table.ts';
import { decimals, short } from '../round-table.ts';
import { VERSION } from '../version-argument.ts';

interface AddOptions extends DatasetChoice {
  file?: string;
  series?: string;
  label?: number;
  text?: string;
  reporter?: string;
  version: string;
}

/** `spindle errata`: what others find wrong in published masks. */
export function register(program: Command, context: CommandContext): void {
  const errata = program.command('errata').description('errors in published masks: add, list, show, resolve');
  errata
    .command('add')
    .description('file an erratum: it opens a review task, and a correction becomes a patch version')
    .argument('[json]', 'one erratum as JSON: {"series", "label", "text", "reporter"}')
    .option('--file <file>', 'many, one a line')
    .option('--series <series>', 'or field by field: the series')
    .option('--label <label>', 'the structure (1–25, 100, 201–225); left out: the whole mask', wholeNumber(1))
    .option('--text <text>', 'what is wrong')
    .option('--reporter <name>', 'the account of whoever says so; anything like an address is not stored')
    .option('--version <version>', `the version it is said of: ${VERSION}`, 'main')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples(
        `spindle errata add '{"series": "2_t2", "label": 203, "text": "swallowed by the vertebra"}'`,
        'spindle errata add --file errata.jsonl --version 1.0.0',
        'spindle errata add --series 2_t2 --label 203 --text "swallowed by the vertebra"',
      ),
    )
    .addHelpText('after', '\nThe text is public: addresses, dates, names and long numbers are refused.')
    .action((json: string | undefined, options: AddOptions) => add(context, json, options));
  errata
    .command('list')
    .description('list the errata, by series')
    .option('--state <state>', `only in this state: ${ERRATUM_STATES.join(', ')}`, oneOf(ERRATUM_STATES))
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle errata list', 'spindle errata list --state open --json'))
    .action((options: DatasetChoice & { state?: ErratumState }) => list(context, options));
  errata
    .command('show')
    .description('show an erratum, how it ended, and the models and scores that its mask has touched')
    .argument('<erratum>', 'its id, or four or more characters of it')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle errata show 3f2a'))
    .action((id: string, options: DatasetChoice) => show(context, id, options));
  errata
    .command('resolve')
    .description('close an erratum by hand, without a change')
    .argument('<erratum>', 'its id, or four or more characters of it')
    .requiredOption('--reason <text>', 'why: a duplicate, a matter of taste, …', checkedBy(PublicText))
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle errata resolve 3f2a --reason "the same as 77b0"'))
    .action((id: string, options: DatasetChoice & { reason: string }) => resolve(context, id, options));
}

async function add(context: CommandContext, json: string | undefined, options: AddOptions): Promise<void> {
  const { output } = context;
  const { fileErratum } = await import('../../client/errata/errata.ts');
  const lines = await linesOf(json, options);
  const dataset = await existingDataset(context, options);
  const store = await context.store();
  const { resolveVersion } = await import('../../client/versions.ts');
  const version = await resolveVersion(store, dataset, options.version);
  const filed: FiledErratum[] = [];
  const refused: Refusal[] = [];
  for (const { name, parse } of lines) {
    try {
      const report = parse();
      const { client } = await context.temporal();
      filed.push(await fileErratum({ client, store }, dataset, version, report));
    } catch (error) {
      if (lines.length === 1) throw error;
      refused.push({ ...refusalOf(error), file: name });
    }
  }
  if (filed.some(({ erratum }) => erratum.state === 'open'))
    await noteMissingWorkers(context, ['orchestrate', 'imaging']);
  output.result({ dataset, version, filed, refused }, () => printFiled(output, filed, refused));
  if (refused.length > 0)
    throw new BadResultError(`${refused.length} of ${lines.length} errata are refused`, EXIT.usage);
}

async function linesOf(json: string | undefined, options: AddOptions): Promise<ErratumLine[]> {
  const { erratumLine, errataIn } = await import('../../client/errata/errata-lines.ts');
  const { file, series, label, text, reporter } = options;
  const ways = [json !== undefined, file !== undefined, series !== undefined || text !== undefined];
  if (ways.filter(Boolean).length !== 1) {
    throw new InvalidInputError('command line', 'erratum', 'JSON, --file, or --series and --text', 'none or several');
  }
  if (file !== undefined) return errataIn(file);
  return [erratumLine(json ?? JSON.stringify({ series, label, text, reporter }), 'erratum')];
}

function printFiled(output: Output, filed: readonly FiledErratum[], refused: readonly Refusal[]): void {
  for (const { erratum, already, reporterLeftOut } of filed) {
    const { id, state } = erratum;
    output.line(`${erratumWords(erratum)}${already ? ` (filed before: ${state})` : ''}`);
    if (reporterLeftOut) output.note(`erratum ${id}: the reporter is no account name and is not stored`);
  }
  printRefusals(output, refused);
}

async function list(context: CommandContext, options: DatasetChoice & { state?: ErratumState }): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { listErrata } = await import('../../client/errata/errata.ts');
  const all = await listErrata(await context.store(), dataset);
  const errata = all.filter(({ state }) => options.state === undefined || state === options.state);
  context.output.result({ dataset, errata }, () =>
    context.output.table<Erratum>(
      [
        { header: 'ERRATUM', value: ({ id }) => id },
        { header: 'STATE', value: ({ state }) => state },
        { header: 'SERIES', value: ({ series }) => series },
        { header: 'STRUCTURE', value: ({ label }) => structure(label) },
        { header: 'SAID OF', value: ({ version }) => short(version) },
        { header: 'FIXED IN', value: ({ outcome }) => short(outcome?.version ?? null) },
        { header: 'TASK', value: ({ state, task }) => (state === 'in-review' ? task : null) },
        { header: 'TEXT', value: ({ text }) => (text.length > 60 ? `${text.slice(0, 59)}…` : text) },
      ],
      errata,
    ),
  );
}

async function show(context: CommandContext, id: string, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { showErratum } = await import('../../client/errata/errata.ts');
  const shown = await showErratum(await context.store(), dataset, id);
  context.output.result(shown, () => printErratum(context.output, shown));
}

function printErratum(output: Output, erratum: ShownErratum): void {
  const { state, reporter, version, mask, task, outcome, affected } = erratum;
  output.line(erratumWords(erratum));
  output.line(`said of version ${short(version)}, mask ${short(mask)}${reporter === null ? '' : `, by ${reporter}`}`);
  const where = state === 'in-review' && task !== null ? `: task ${task}` : '';
  output.line(`${state}${where}${outcome ? outcomeWords(outcome) : ''}`);
  output.line();
  const sets = affected.versions.map((each) => `${short(each.version)} (${each.set})`);
  output.line(`versions with this mask: ${sets.join(', ') || 'none'}`);
  section(output, 'models that learned from it:', affected.models, [
    { header: 'MODEL', value: ({ model }) => short(model) },
    { header: 'TRAINED ON', value: (each) => short(each.version) },
    { header: 'HOW', value: ({ how }) => how },
    { header: 'SERVES', value: ({ serves }) => (serves ? 'yes' : null) },
  ]);
  section(output, 'scores computed against it:', affected.evaluations, [
    { header: 'MODEL', value: ({ model }) => short(model) },
    { header: 'ON', value: (each) => short(each.version) },
    { header: 'MEAN DICE', value: ({ meanDice }) => decimals(meanDice, 4), align: 'right' },
  ]);
}

function section<Row>(
  output: Output,
  title: string,
  rows: readonly Row[],
  columns: Parameters<typeof output.table<Row>>[0],
): void {
  output.line();
  output.line(rows.length === 0 ? `${title} none` : title);
  if (rows.length > 0) output.table(columns, rows);
}

function outcomeWords({ version, voxelsChanged, reviewer, reason }: NonNullable<Erratum['outcome']>): string {
  const fixed = version === null ? '' : ` in version ${short(version)}`;
  const by = reviewer === null ? '' : ` by ${reviewer}`;
  const changed = voxelsChanged > 0 ? `, ${voxelsChanged} voxels changed` : '';
  return `${fixed}${by}${changed}${reason === null ? '' : `: ${reason}`}`;
}

async function resolve(
  context: CommandContext,
  id: string,
  options: DatasetChoice & { reason: string },
): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { closeErratum } = await import('../../client/errata/errata.ts');
  const store = await context.store();
  const { client } = await context.temporal();
  const closed = await closeErratum({ client, store }, dataset, id, options.reason);
  context.output.result(closed, () => context.output.line(`erratum ${closed.id} is closed: ${options.reason}`));
}

function structure(label: number | null): string | null {
  return label === null ? null : `${labelName(label)} (${label})`;
}

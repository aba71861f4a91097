import type { Command } from 'commander';
import { PatientId } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { checkedBy } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { printHidden, printLink, printPatient, printPatients } from '../patient-tables.ts';

interface ReasonOptions extends DatasetChoice {
  reason: string;
}

const patientArgument = checkedBy(PatientId);
const DEFAULT_HIDE = 'set apart for the hidden test';

export function register(program: Command, context: CommandContext): void {
  const patients = program
    .command('patients')
    .description('who is one person, who is of the hidden test, who has been seen by which model');
  patients
    .command('list')
    .description('list the patients with their sets')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle patients list', 'spindle patients list --dataset spider --json'))
    .action((options: DatasetChoice) => list(context, options));
  patients
    .command('show')
    .description('show one patient: set, links, the versions it is in, the models that have seen it')
    .argument('<patient>', 'its study number or pseudonym', patientArgument)
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle patients show 107'))
    .action((patient: string, options: DatasetChoice) => show(context, patient, options));
  addLinkCommands(patients, context);
  patients
    .command('hide')
    .description('put patients into the hidden test, for good: their data go into the sealed bucket')
    .argument('<patients...>', 'study numbers or pseudonyms')
    .option('--reason <text>', 'why', DEFAULT_HIDE)
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle patients hide 12 47', 'spindle patients hide 12 --reason "challenge 2027"'))
    .addHelpText(
      'after',
      `
Refused for a patient whom a model has seen, and while work on the dataset is under way. Copies in the ordinary bucket are taken away
unless a version, or anything else, refers to them: whoever may read that bucket can then read them still, and the report says so.`,
    )
    .action((names: string[], options: ReasonOptions) => hide(context, names, options));
}

function addLinkCommands(patients: Command, context: CommandContext): void {
  patients
    .command('link')
    .description('record that two study numbers are one person')
    .argument('<patientA>', 'its study number or pseudonym', patientArgument)
    .argument('<patientB>', 'the other one', patientArgument)
    .requiredOption('--reason <text>', 'how it became known')
    .option('--hide-both', 'when one is of the hidden test: take the other along, whoever has seen it')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle patients link 12 47 --reason "same birth date and scanner log"'))
    .addHelpText(
      'after',
      `
From then on both are split as one. Where they stand in different sets, validation wins: nobody leaves it. What the link says of
versions that are published (models trained or evaluated on somebody they had seen) is listed; the exit code stays 0.`,
    )
    .action((a: string, b: string, options: ReasonOptions & { hideBoth?: boolean }) => link(context, [a, b], options));
  patients
    .command('unlink')
    .description('withdraw a link that was a mistake; nobody changes sets by it')
    .argument('<patientA>', 'its study number or pseudonym', patientArgument)
    .argument('<patientB>', 'the other one', patientArgument)
    .requiredOption('--reason <text>', 'why it does not hold')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle patients unlink 12 47 --reason "twins"'))
    .action((a: string, b: string, options: ReasonOptions) => unlink(context, [a, b], options));
}

async function list(context: CommandContext, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { listPatients } = await import('../../client/patients.ts');
  const rows = await listPatients(await context.store(), dataset);
  context.output.result({ dataset, patients: rows }, () => printPatients(context.output, rows));
}

async function show(context: CommandContext, patient: string, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { showPatient } = await import('../../client/patients.ts');
  const facts = await showPatient(await context.store(), dataset, patient);
  context.output.result({ dataset, ...facts }, () => printPatient(context.output, facts));
}

async function link(
  context: CommandContext,
  patients: [string, string],
  options: ReasonOptions & { hideBoth?: boolean },
): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { linkPatients } = await import('../../client/link-patients.ts');
  const hide = options.hideBoth ? await hideDeps(context) : null;
  const request = { dataset, patients, reason: reasonOf(options) };
  const report = await linkPatients(await context.store(), request, hide);
  context.output.result(report, () => printLink(context.output, report));
}

async function unlink(context: CommandContext, patients: [string, string], options: ReasonOptions): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { unlinkPatients } = await import('../../client/link-patients.ts');
  const report = await unlinkPatients(await context.store(), { dataset, patients, reason: reasonOf(options) });
  context.output.result(report, () => {
    const sets = patients.map((patient) => `${patient}: ${report.sets[patient] ?? 'no set'}`).join(', ');
    context.output.line(`${dataset}: ${patients.join(' and ')} are two persons again, in the sets they have (${sets})`);
  });
}

async function hide(context: CommandContext, names: string[], options: ReasonOptions): Promise<void> {
  const patients = names.map((name) => patientArgument(name));
  const dataset = await existingDataset(context, options);
  const { hidePatients } = await import('../../client/hide-patients.ts');
  const deps = { ...(await hideDeps(context)), store: await context.store() };
  const report = await hidePatients(deps, { dataset, patients, reason: reasonOf(options) });
  context.output.result(report, () => printHidden(context.output, report));
}

async function hideDeps(context: CommandContext) {
  const { noSealedBucket } = await import('../../client/hidden-ingest.ts');
  const sealed = await context.sealedStore();
  if (!sealed) throw noSealedBucket();
  return { client: (await context.temporal()).client, sealed };
}

function reasonOf({ reason }: ReasonOptions): string {
  if (reason.trim() === '') throw new InvalidInputError('command line', '--reason', 'some words', 'none');
  return reason.trim();
}

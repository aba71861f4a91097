import { writeFile } from 'node:fs/promises';
import { Argument, Option, type Command } from 'commander';
import type { CheckedRelease } from '../../client/release/measure.ts';
import type { ReleaseMeasures } from '../../core/release-gates.ts';
import { redGates } from '../../core/release-gates.ts';
import { ReleaseName, type ReleaseDraft } from '../../core/release.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { checkedBy } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { noteMissingWorkers } from '../missing-workers.ts';
import { refuseExisting, type WriteOptions } from '../new-file.ts';
import { printReleaseGates, printReleaseTables, printSince } from '../release-tables.ts';
import { short } from '../round-table.ts';
import { keyOption, signingKey, type KeyChoice } from '../signing-keys.ts';
import { StepProgress } from '../step-progress.ts';
import { VERSION } from '../version-argument.ts';
import { registerReading } from './release-read.ts';

interface CreateOptions extends DatasetChoice {
  licenseFile?: string;
  citationFile?: string;
  about?: string;
  notes?: string;
  policy?: string;
}

interface CheckOptions extends DatasetChoice, WriteOptions {
  evaluate?: boolean;
  html?: string;
}

/** `spindle release`: a version that is given to others, with the gates it passed. */
export function register(program: Command, context: CommandContext): void {
  const release = program.command('release').description('releases: create, check, publish, list, show, export');
  release
    .command('create')
    .description('begin a release of a version, or begin it anew; nothing is published')
    .addArgument(releaseArgument())
    .argument('[version]', VERSION, 'main')
    .option('--license-file <file>', 'its licence; that of the release before, if there is one')
    .option('--citation-file <file>', 'how to cite it, as CITATION.cff; the same')
    .option('--about <file>', 'what Croissant asks for, as JSON; the same')
    .option('--notes <file>', 'what readers are told, as text')
    .option('--policy <file>', 'thresholds of the gates that are not the default, as JSON; the same')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples(
        'spindle release create 1.0.0 main --license-file LICENSE --citation-file CITATION.cff',
        'spindle release create 1.0.1 main --notes notes.txt',
      ),
    )
    .action((name: ReleaseName, version: string, options: CreateOptions) => create(context, name, version, options));
  release
    .command('check')
    .description('measure every gate of a release: what it is, what is asked for, whether it is passed')
    .addArgument(releaseArgument())
    .option('--evaluate', 'have the serving model evaluated on the version first, where it is not')
    .addOption(new Option('--html <file>', 'also write the page that the release will have'))
    .option('--force', 'write over a file that is there')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle release check 1.0.0', 'spindle release check 1.0.0 --evaluate --json'))
    .addHelpText('after', '\nReads every volume of the version. Exit code 1 while a gate that is asked for is red.')
    .action((name: ReleaseName, options: CheckOptions) => check(context, name, options));
  release
    .command('publish')
    .description('check a release once more and publish it, for good, if no gate is red')
    .addArgument(releaseArgument())
    .addOption(keyOption())
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle release publish 1.0.0 --key release-key'))
    .addHelpText('after', '\nThe version gets the name as a tag. With a key, manifest and release are signed.')
    .action((name: ReleaseName, options: KeyChoice & DatasetChoice) => publish(context, name, options));
  registerReading(release, context);
}

export function releaseArgument(): Argument {
  return new Argument('<name>', 'three numbers, e.g. 1.0.0').argParser(checkedBy(ReleaseName));
}

async function create(
  context: CommandContext,
  name: ReleaseName,
  meant: string,
  options: CreateOptions,
): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const { resolveVersion } = await import('../../client/versions.ts');
  const { createDraft } = await import('../../client/release/drafts.ts');
  const store = await context.store();
  const version = await resolveVersion(store, dataset, meant);
  const { draft, from } = await createDraft(store, dataset, {
    name,
    version,
    licenceFile: options.licenseFile ?? null,
    citationFile: options.citationFile ?? null,
    aboutFile: options.about ?? null,
    notesFile: options.notes ?? null,
    policyFile: options.policy ?? null,
  });
  output.result({ dataset, ...draft }, () => {
    output.line(
      `release ${name} is begun, of version ${short(version)}: \`spindle release check ${name}\` measures its gates`,
    );
    if (from !== null) output.line(`what you did not give is that of release ${from}`);
  });
}

async function check(context: CommandContext, name: ReleaseName, options: CheckOptions): Promise<void> {
  const { output } = context;
  if (options.html !== undefined) await refuseExisting(options.html, options);
  const dataset = await existingDataset(context, options);
  const { readDraft } = await import('../../client/release/drafts.ts');
  const store = await context.store();
  const draft = await readDraft(store, dataset, name);
  if (options.evaluate) await evaluated(context, dataset, draft);
  const checked = await measured(context, dataset, draft);
  const { draftReport } = await import('../../client/release/report.ts');
  const report = await draftReport(store, dataset, checked);
  if (options.html !== undefined) {
    const { releasePage } = await import('../../adapters/report/release-page.ts');
    await writeFile(options.html, releasePage(report, await store.getVersion(dataset, draft.version)));
  }
  output.result(report, () => {
    output.line(`release ${name} of ${dataset}: version ${short(draft.version)}`);
    output.line();
    printReleaseGates(output, checked.gates);
    printReleaseTables(output, report);
    printSince(output, report);
  });
  if (options.html !== undefined) output.note(`wrote ${options.html}`);
  const { length } = redGates(checked.gates);
  if (length > 0)
    throw new BadResultError(
      `release ${name}: ${length === 1 ? 'one gate is' : `${length} gates are`} red`,
      EXIT.failed,
    );
}

async function evaluated(context: CommandContext, dataset: string, { version }: ReleaseDraft): Promise<void> {
  const { evaluateServing } = await import('../../client/release/serving-tables.ts');
  const { client } = await context.temporal();
  await noteMissingWorkers(context, ['orchestrate', 'imaging', 'inference']);
  context.output.note(`evaluating the serving model on version ${short(version)}`);
  await evaluateServing({ client, store: await context.store() }, dataset, version);
}

async function measured(context: CommandContext, dataset: string, draft: ReleaseDraft): Promise<CheckedRelease> {
  const { checkRelease } = await import('../../client/release/measure.ts');
  const reproduction = await reproductionOf(context, dataset, draft);
  const progress = new StepProgress(context.output);
  try {
    return await checkRelease(await context.store(), dataset, draft, reproduction, (title, done, total, detail) =>
      progress.show(title, done, total, detail),
    );
  } finally {
    progress.stop();
  }
}

/** What Temporal tells; where it does not answer that is "not measured", unless the policy asks for it. */
async function reproductionOf(
  context: CommandContext,
  dataset: string,
  { version, policy }: ReleaseDraft,
): Promise<ReleaseMeasures['reproduction']> {
  const { lastReproduction } = await import('../../client/release/reproduction.ts');
  try {
    return await lastReproduction((await context.temporal()).client, dataset, version);
  } catch (error) {
    if (policy.reproduction.required) throw error;
    return null;
  }
}

async function publish(context: CommandContext, name: ReleaseName, options: KeyChoice & DatasetChoice): Promise<void> {
  const { output } = context;
  const key = await signingKey(context, options);
  const dataset = await existingDataset(context, options);
  const { readDraft } = await import('../../client/release/drafts.ts');
  const { publishRelease } = await import('../../client/release/publish.ts');
  const store = await context.store();
  const checked = await measured(context, dataset, await readDraft(store, dataset, name));
  const software = `${packageJson.name} ${packageJson.version}`;
  const report = await publishRelease(store, dataset, checked, { key, software });
  output.result({ dataset, ...report }, () => {
    const { version, release, already, published, signatures } = report;
    output.line(
      already
        ? `release ${name} was published ${published.slice(0, 10)}: version ${short(version)}`
        : `release ${name} is published: version ${short(version)}, record ${short(release)}`,
    );
    for (const { what, key: by } of signatures) {
      output.line(`its ${what === 'version' ? 'manifest' : 'record'} is signed by key ${short(by)}`);
    }
    if (signatures.length === 0) output.line('it is not signed: there was no key');
  });
}

import type { Command } from 'commander';
import { InvalidInputError } from '../../core/invalid-input.ts';
import type { CheckoutReport } from '../../client/checkout.ts';
import type { VerifyReport } from '../../client/verify-version.ts';
import type { VersionRow } from '../../client/versions.ts';
import type { LeakReport } from '../../core/leak-check.ts';
import { SplitSet } from '../../core/catalog.ts';
import { Sequence } from '../../core/ids.ts';
import type { Manifest } from '../../core/manifest.ts';
import { versionPart } from '../../core/version-part.ts';
import { oneOf } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { printLeaks } from '../leak-report.ts';
import { decimals, short } from '../round-table.ts';
import type { Output } from '../output.ts';
import { publicKeyOption } from '../signing-keys.ts';
import { withProgress } from '../step-progress.ts';
import { printFindings, scheduleVerification, SCHEDULES, type Schedule } from '../verification-schedule.ts';
import { VERSION } from '../version-argument.ts';
import { verifyTrust, type TrustOptions } from '../version-trust.ts';

interface CheckoutOptions extends DatasetChoice {
  split?: SplitSet;
  sequence?: Sequence[];
  linkFrom?: string;
  rehash?: boolean;
}

interface VerifyOptions extends TrustOptions {
  folder?: string;
  voxels?: boolean;
  quick?: boolean;
  schedule?: Schedule;
  leaks?: boolean;
  card?: string[];
}

export function register(program: Command, context: CommandContext): void {
  const versions = program.command('versions').description('dataset versions: list, show, compare, check out, verify');
  versions
    .command('list')
    .description('list the published versions, the newest first')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions list', 'spindle versions list --dataset spider --json'))
    .action((options: DatasetChoice) => list(context, options));
  versions
    .command('show')
    .description('show what a version holds')
    .argument('[version]', VERSION, 'main')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions show', 'spindle versions show 3f2a9c --json'))
    .action((version: string, options: DatasetChoice) => show(context, version, options));
  versions
    .command('checkout')
    .description("write a version in SPIDER's layout: images/, masks/, overview.csv, version.json")
    .argument('<version>', VERSION)
    .argument('<folder>', 'new, empty, or an earlier checkout of this version')
    .option('--split <set>', 'only patients of one set: train, validation', oneOf(SplitSet.options))
    .option('--sequence <names...>', `only series of these sequences: ${Sequence.options.join(', ')}`, sequences)
    .option('--link-from <dir>', 'an earlier checkout, whose unchanged files are linked instead of written again')
    .option('--rehash', 'read again what is there or is linked, also files that are known to be as they were')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples(
        'spindle versions checkout main out/',
        'spindle versions checkout main part/ --split validation --sequence t2',
        'spindle versions checkout main new/ --link-from old/',
      ),
    )
    .addHelpText('after', '\nEvery file is verified as it is written. Interrupted, it goes on where it was.')
    .action((version: string, folder: string, options: CheckoutOptions) => checkout(context, version, folder, options));
  registerVerify(versions, context);
}

function registerVerify(versions: Command, context: CommandContext): void {
  versions
    .command('verify')
    .description('read every file of a version and compare bytes and voxels with its digests')
    .argument('[version]', `${VERSION}; with --folder: what the folder must hold`)
    .option('--folder <dir>', 'verify a checkout instead of S3; needs no server')
    .option('--quick', 'with --folder: take files for what they were whose size, times and inode have not changed')
    .option('--voxels', 'decode every volume, also those whose voxels a nightly verification has proven by their bytes')
    .option('--schedule <when>', `have it done instead: ${SCHEDULES.join(', ')}`, oneOf(SCHEDULES))
    .option('--leaks', 'check instead that no model was judged on patients it has seen; reads no volume')
    .option('--card <files...>', 'with --leaks: model cards to be checked besides, or folders of models')
    .option('--signature', 'check instead that every --public-key has signed its manifest')
    .option('--chain', 'check instead that its history is whole and that no ref was moved back')
    .option('--contains <version>', 'with --chain: a version that has to be in the history')
    .addOption(publicKeyOption())
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples(
        'spindle versions verify',
        'spindle versions verify --folder out/',
        'spindle versions verify --leaks',
        'spindle versions verify --schedule nightly',
        'spindle versions verify v1.0 --signature --chain --public-key release-key.pub',
      ),
    )
    .addHelpText(
      'after',
      '\nNames each file that is missing, changed or unreadable, or each leak; the exit code is then 1.',
    )
    .action((version: string | undefined, options: VerifyOptions) => {
      if (options.schedule) return scheduleVerification(context, options.schedule, options);
      if (options.signature || options.chain || options.contains) return trust(context, version, options);
      return options.leaks || options.card
        ? verifyForLeaks(context, version, options)
        : verify(context, version, options);
    });
}

async function list(context: CommandContext, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { listVersions } = await import('../../client/versions.ts');
  const versions = await listVersions(await context.store(), dataset);
  const right = { align: 'right' } as const;
  context.output.result({ dataset, versions }, () =>
    context.output.table<VersionRow>(
      [
        { header: 'VERSION', value: ({ version }) => short(version) },
        { header: 'PARENT', value: ({ parent }) => short(parent) },
        { header: 'TAGS', value: ({ tags }) => tags.join(', ') },
        { header: 'SERIES', value: ({ series }) => series, ...right },
        { header: 'ADDED', value: ({ added }) => added, ...right },
        { header: 'PATIENTS', value: ({ patients }) => patients, ...right },
        { header: 'TRAIN', value: ({ train }) => train, ...right },
        { header: 'VALIDATION', value: ({ validation }) => validation, ...right },
        { header: 'GIVEN', value: ({ given }) => given, ...right },
        { header: 'ACCEPTED', value: ({ accepted }) => accepted, ...right },
        { header: 'CORRECTED', value: ({ corrected }) => corrected, ...right },
      ],
      versions,
    ),
  );
}

async function show(context: CommandContext, meant: string, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { readVersion, resolveVersion } = await import('../../client/versions.ts');
  const store = await context.store();
  const { version, manifest } = await readVersion(store, dataset, await resolveVersion(store, dataset, meant));
  context.output.result({ version, manifest }, () => printVersion(context.output, version, manifest));
}

function printVersion(output: Output, version: string, { parent, series }: Manifest): void {
  output.line(`version ${version}`);
  output.line(`parent  ${parent ?? 'none'}`);
  output.line();
  output.table<Manifest['series'][number]>(
    [
      { header: 'SERIES', value: (entry) => entry.series },
      { header: 'PATIENT', value: ({ patient }) => patient },
      { header: 'SET', value: ({ split }) => split },
      { header: 'HOSPITAL', value: ({ hospital }) => hospital },
      { header: 'REFERENCE', value: ({ reference }) => reference.origin },
      { header: 'ROUND', value: ({ reference }) => reference.round, align: 'right' },
      { header: 'REVIEWER', value: ({ reference }) => reference.reviewer },
      {
        header: 'DICE TO BASE',
        value: ({ reference }) => (reference.base === 'none' ? null : decimals(reference.diceToBase, 4)),
        align: 'right',
      },
      { header: 'LABELS', value: ({ reference }) => reference.labels.length, align: 'right' },
    ],
    series,
  );
}

function sequences(name: string, before: Sequence[] | undefined): Sequence[] {
  return [...(before ?? []), oneOf(Sequence.options)(name)];
}

async function checkout(
  context: CommandContext,
  meant: string,
  folder: string,
  options: CheckoutOptions,
): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { resolveVersion } = await import('../../client/versions.ts');
  const { checkoutVersion } = await import('../../client/checkout.ts');
  const store = await context.store();
  const version = await resolveVersion(store, dataset, meant);
  const part = versionPart(options.split ?? null, options.sequence ?? null);
  const report = await withProgress(context.output, 'checkout', (onProgress) =>
    checkoutVersion(store, dataset, version, folder, onProgress, {
      part,
      linkFrom: options.linkFrom ?? null,
      rehash: options.rehash ?? false,
    }),
  );
  context.output.result(report, () => context.output.line(checkoutLine(report)));
}

function checkoutLine({ version, folder, series, written, linked, kept }: CheckoutReport): string {
  const links = linked > 0 ? `, ${linked} linked` : '';
  const already = kept > 0 ? `, ${kept} were there already` : '';
  return `version ${short(version)}: ${series} series in ${folder} (${written} files written${links}${already})`;
}

function trust(context: CommandContext, meant: string | undefined, options: VerifyOptions): Promise<void> {
  if (options.folder === undefined) return verifyTrust(context, meant ?? 'main', options);
  throw new InvalidInputError('command line', '--folder', 'no --signature or --chain beside it', 'both');
}

async function verifyForLeaks(
  context: CommandContext,
  meant: string | undefined,
  options: VerifyOptions,
): Promise<void> {
  const { folder, card = [] } = options;
  const { verifyFolderLeaks, verifyLeaks } = await import('../../client/verify-leaks.ts');
  let report: LeakReport;
  if (folder === undefined) {
    const dataset = await existingDataset(context, options);
    const { resolveVersion } = await import('../../client/versions.ts');
    const store = await context.store();
    report = await verifyLeaks(store, dataset, await resolveVersion(store, dataset, meant ?? 'main'), card);
  } else {
    report = await verifyFolderLeaks(folder, card);
    refuseOther(folder, report.version, meant);
  }
  context.output.result(report, () => printLeaks(context.output, report));
  const { length } = report.findings;
  if (length > 0) throw new BadResultError(`version ${short(report.version)}: ${leaksWord(length)}`, EXIT.failed);
}

function leaksWord(count: number): string {
  return count === 1 ? 'one leak, or what may hide one' : `${count} leaks, or what may hide some`;
}

async function verify(context: CommandContext, meant: string | undefined, options: VerifyOptions): Promise<void> {
  const { output } = context;
  if (options.quick && options.folder === undefined) {
    throw new InvalidInputError('command line', '--quick', '--folder beside it', 'none');
  }
  const report = await (options.folder === undefined
    ? verifyInStore(context, meant ?? 'main', options)
    : verifyInFolder(context, meant, options.folder, options.quick ?? false));
  output.result(report, () => printReport(output, report));
  const { findings } = report;
  if (findings.length > 0) {
    const what = findings.length === 1 ? 'one thing is' : `${findings.length} things are`;
    throw new BadResultError(`version ${short(report.version)}: ${what} not as the manifest says`, EXIT.failed);
  }
}

async function verifyInStore(context: CommandContext, meant: string, options: VerifyOptions): Promise<VerifyReport> {
  const dataset = await existingDataset(context, options);
  const { resolveVersion } = await import('../../client/versions.ts');
  const { verifyStored } = await import('../../client/verify-version.ts');
  const store = await context.store();
  const version = await resolveVersion(store, dataset, meant);
  return withProgress(context.output, 'verify', (onProgress) =>
    verifyStored(store, dataset, version, onProgress, { voxels: options.voxels ?? false }),
  );
}

async function verifyInFolder(
  { output }: CommandContext,
  meant: string | undefined,
  folder: string,
  quick: boolean,
): Promise<VerifyReport> {
  const { verifyFolder } = await import('../../client/verify-version.ts');
  const report = await withProgress(output, 'verify', (onProgress) => verifyFolder(folder, onProgress, { quick }));
  refuseOther(folder, report.version, meant);
  return report;
}

function refuseOther(folder: string, version: string, meant: string | undefined): void {
  if (meant === undefined || version.startsWith(meant)) return;
  throw new InvalidInputError(folder, 'version.json', `version ${meant}`, version.slice(0, 12));
}

function printReport(output: Output, { version, checked, findings }: VerifyReport): void {
  if (findings.length === 0) {
    output.line(`version ${short(version)}: all ${checked} volumes are as the manifest says`);
    return;
  }
  printFindings(output, findings);
}

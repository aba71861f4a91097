import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { ExportFormat } from '../../client/exports/export-version.ts';
import { ReleaseName } from '../../core/release.ts';
import { checkedBy, oneOf } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';
import { refuseExisting, type WriteOptions } from '../new-file.ts';
import { printReleaseGates, printReleaseTables, printSince } from '../release-tables.ts';
import { short } from '../round-table.ts';
import { publicKeyOption, trustedKeys, type PublicKeyChoice } from '../signing-keys.ts';
import { StepProgress } from '../step-progress.ts';
import { SIGNATURE_WORDS } from '../version-trust.ts';

// As in client/exports, which is loaded only when something is exported.
const FORMATS = ['spider', 'nnunet', 'bids', 'croissant'] as const satisfies readonly ExportFormat[];
const USUAL: readonly ExportFormat[] = ['croissant', 'nnunet', 'bids'];

interface ShowOptions extends DatasetChoice, PublicKeyChoice, WriteOptions {
  html?: string;
}

interface ReleaseRow {
  name: ReleaseName;
  version: string;
  /** Null for a draft. */
  published: string | null;
}

/** Adds `list`, `show` and `export` to `spindle release`. */
export function registerReading(release: Command, context: CommandContext): void {
  release
    .command('list')
    .description('list the releases, and what is begun')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle release list --json'))
    .action((options: DatasetChoice) => list(context, options));
  release
    .command('show')
    .description('show a published release: gates, tables, what changed, errata mended')
    .argument('<name>', 'three numbers, e.g. 1.0.0', checkedBy(ReleaseName))
    .addOption(publicKeyOption())
    .addOption(new Option('--html <file>', 'also write it as a page'))
    .option('--force', 'write over a file that is there')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle release show 1.0.0 --public-key release-key.pub'))
    .addHelpText('after', '\nExit code 1 when a key that is given has not signed manifest and release.')
    .action((name: ReleaseName, options: ShowOptions) => show(context, name, options));
  release
    .command('export')
    .description('write a published release for others: its formats, record, page and signatures')
    .argument('<name>', 'three numbers, e.g. 1.0.0', checkedBy(ReleaseName))
    .argument('<folder>', 'new, empty, or the same export, begun or whole')
    .option('--format <names...>', `${FORMATS.join(', ')}; ${USUAL.join(', ')} by default`, formats)
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples('spindle release export 1.0.0 release/', 'spindle release export 1.0.0 r/ --format spider'),
    )
    .action((name: ReleaseName, folder: string, options: DatasetChoice & { format?: ExportFormat[] }) =>
      exportAll(context, name, folder, options),
    );
}

function formats(name: string, before: ExportFormat[] | undefined): ExportFormat[] {
  return [...(before ?? []), oneOf(FORMATS)(name)];
}

async function list(context: CommandContext, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { publishedReleases } = await import('../../client/release/published.ts');
  const { listDrafts } = await import('../../client/release/drafts.ts');
  const store = await context.store();
  const published = [...(await publishedReleases(store, dataset))].map(([name, each]) => ({ name, ...each }));
  const drafts = (await listDrafts(store, dataset)).map(({ name, version }) => ({ name, version, published: null }));
  const releases: ReleaseRow[] = [
    ...published.map(({ name, version, published: at }) => ({ name, version, published: at })),
    ...drafts,
  ];
  context.output.result({ dataset, releases }, () =>
    context.output.table<ReleaseRow>(
      [
        { header: 'RELEASE', value: ({ name }) => name },
        { header: 'VERSION', value: ({ version }) => short(version) },
        { header: 'PUBLISHED', value: ({ published: at }) => at?.slice(0, 10) ?? 'draft' },
      ],
      releases,
    ),
  );
}

async function show(context: CommandContext, name: ReleaseName, options: ShowOptions): Promise<void> {
  const { output } = context;
  if (options.html !== undefined) await refuseExisting(options.html, options);
  const keys = await trustedKeys(context, options);
  const dataset = await existingDataset(context, options);
  const [{ publishedReport }, { readRelease }, { checkSignatures }, { readVersion }] = await Promise.all([
    import('../../client/release/report.ts'),
    import('../../client/release/published.ts'),
    import('../../client/signatures.ts'),
    import('../../client/versions.ts'),
  ]);
  const store = await context.store();
  const report = await publishedReport(store, dataset, name);
  const { bytes, pointer } = await readRelease(store, dataset, name);
  const stored = await readVersion(store, dataset, report.version);
  const signatures = [
    ...(await checkSignatures(store, dataset, { of: report.version, bytes: stored.bytes }, keys)).map((each) => ({
      what: 'version',
      ...each,
    })),
    ...(await checkSignatures(store, dataset, { of: pointer.release.digest, bytes }, keys)).map((each) => ({
      what: 'release',
      ...each,
    })),
  ];
  if (options.html !== undefined) {
    const { releasePage } = await import('../../adapters/report/release-page.ts');
    await writeFile(options.html, releasePage(report, stored.manifest));
  }
  output.result({ ...report, record: pointer.release.digest, signatures }, () => {
    output.line(
      `release ${name} of ${dataset}, published ${pointer.published.slice(0, 10)}: version ${short(report.version)}, record ${short(pointer.release.digest)}`,
    );
    for (const { what, key, state } of signatures) output.line(`${what}: key ${short(key)}: ${SIGNATURE_WORDS[state]}`);
    if (report.notes !== '') output.line(`\n${report.notes}`);
    output.line();
    printReleaseGates(output, report.gates);
    printReleaseTables(output, report);
    printSince(output, report);
  });
  if (options.html !== undefined) output.note(`wrote ${options.html}`);
  const unsigned = signatures.filter(({ state }) => state !== 'good');
  if (unsigned.length > 0)
    throw new BadResultError(
      `release ${name}: its ${unsigned[0]!.what} is not signed by key ${short(unsigned[0]!.key)}`,
      EXIT.failed,
    );
}

async function exportAll(
  context: CommandContext,
  name: ReleaseName,
  into: string,
  options: DatasetChoice & { format?: ExportFormat[] },
): Promise<void> {
  const { output } = context;
  const dataset = await existingDataset(context, options);
  const { exportRelease } = await import('../../client/release/export-release.ts');
  const progress = new StepProgress(output);
  const wanted = [...new Set(options.format ?? USUAL)];
  const report = await exportRelease(
    await context.store(),
    dataset,
    { name, into, formats: wanted },
    (format, done, total, file) => progress.show(format, done, total, file),
  ).finally(() => progress.stop());
  output.result(report, () => {
    output.line(`release ${name} in ${report.folder}: ${report.files.join(', ')}`);
    for (const { format, folder, series, written, kept, missing } of report.formats) {
      const already = kept > 0 ? `, ${kept} were there already` : '';
      output.line(`  ${format}: ${series} series in ${folder} (${written} files written${already})`);
      if (missing.length > 0) output.line(`  nobody gave, and nothing was made up for: ${missing.join(', ')}`);
    }
  });
}

import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { labelName } from '../../core/labels.ts';
import {
  changedStructures,
  membershipWords,
  seriesWords,
  summaryWords,
  type ChangedStructure,
} from '../../core/version-diff-words.ts';
import type { ComparedSeries, VersionDiff } from '../../core/version-diff.ts';
import { wholeNumber } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { refuseExisting, type WriteOptions } from '../new-file.ts';
import type { Output } from '../output.ts';
import { short } from '../round-table.ts';
import { withProgress } from '../step-progress.ts';
import { VERSION } from '../version-argument.ts';
import { versionsCommand } from '../versions-command.ts';

interface DiffOptions extends DatasetChoice, WriteOptions {
  html?: string;
  pictures: number;
}

const PICTURES = 8;
const right = { align: 'right' } as const;

/** Adds `diff` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('diff')
    .description('show what changed from one version to another: series, patients, masks, structures')
    .argument('<before>', VERSION)
    .argument('<after>', 'the same')
    .option('--html <file>', 'write a page, with pictures of the masks that changed most')
    .option('--pictures <n>', 'how many pictures at most', wholeNumber(0), PICTURES)
    .option('--force', 'write over a file that is there')
    .addOption(datasetOption())
    .addHelpText(
      'after',
      examples('spindle versions diff 3f2a9c main', 'spindle versions diff v1 v2 --html changes.html'),
    )
    .addHelpText('after', '\nOnly masks whose voxels changed are read.')
    .action((before: string, after: string, options: DiffOptions) => diff(context, [before, after], options));
}

async function diff(context: CommandContext, meant: readonly [string, string], options: DiffOptions): Promise<void> {
  const { output } = context;
  const { html } = options;
  if (html !== undefined) await refuseExisting(html, options);
  const dataset = await existingDataset(context, options);
  const { resolveVersion } = await import('../../client/versions.ts');
  const { diffVersions, drawChanges } = await import('../../client/version-diff.ts');
  const store = await context.store();
  const before = await resolveVersion(store, dataset, meant[0]);
  const after = await resolveVersion(store, dataset, meant[1]);
  const report = await withProgress(output, 'diff', (onProgress) =>
    diffVersions(store, dataset, [before, after], onProgress),
  );
  if (html !== undefined) {
    const { versionDiffPage } = await import('../../adapters/report/version-diff-page.ts');
    await writeFile(html, versionDiffPage(report, await drawChanges(store, report, options.pictures)));
  }
  output.result(report, () => printDiff(output, report));
  if (html !== undefined) output.note(`wrote ${html}`);
}

function printDiff(output: Output, report: VersionDiff): void {
  const { changed } = report;
  output.line(`${short(report.before)} → ${short(report.after)}: ${summaryWords(report).join(', ')}`);
  const members = membershipWords(report);
  section(output, members.length > 0, () =>
    output.table<{ name: string; what: string }>(
      [
        { header: 'NAME', value: ({ name }) => name },
        { header: 'WHAT', value: ({ what }) => what },
      ],
      members,
    ),
  );
  section(output, changed.length > 0, () => printSeries(output, changed));
  const structures = changedStructures(report);
  section(output, structures.length > 0, () => printStructures(output, structures));
}

function section(output: Output, wanted: boolean, print: () => void): void {
  if (!wanted) return;
  output.line();
  print();
}

function printSeries(output: Output, changed: readonly ComparedSeries[]): void {
  const voxels = ({ comparison }: ComparedSeries) => (comparison?.comparable ? comparison : null);
  output.table<ComparedSeries>(
    [
      { header: 'SERIES', value: ({ series }) => series },
      { header: 'PATIENT', value: ({ patient }) => patient },
      { header: 'VOXELS', value: (each) => voxels(each)?.voxelsChanged, ...right },
      { header: 'REDRAWN', value: (each) => voxels(each)?.voxelsRedrawn, ...right },
      { header: 'DICE', value: (each) => voxels(each)?.dice.toFixed(4), ...right },
      { header: 'WHAT', value: (each) => seriesWords(each).join('; ') },
    ],
    changed,
  );
}

function printStructures(output: Output, structures: readonly ChangedStructure[]): void {
  output.table<ChangedStructure>(
    [
      { header: 'SERIES', value: ({ series }) => series },
      { header: 'STRUCTURE', value: ({ before, after }) => labelName((after ?? before)!) },
      { header: 'LABEL', value: ({ before }) => before, ...right },
      { header: 'NOW', value: ({ after }) => after, ...right },
      { header: 'VOXELS', value: ({ voxelsBefore }) => voxelsBefore, ...right },
      { header: 'NOW', value: ({ voxelsAfter }) => voxelsAfter, ...right },
      { header: 'CHANGED', value: ({ voxelsChanged }) => voxelsChanged, ...right },
      { header: 'DICE', value: ({ dice }) => dice.toFixed(4), ...right },
    ],
    structures,
  );
}

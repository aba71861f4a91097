import type { Command } from 'commander';
import type { LogEntry } from '../../client/version-log.ts';
import { TagName } from '../../core/refs.ts';
import { checkedBy } from '../arguments.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import type { Output } from '../output.ts';
import { short } from '../round-table.ts';
import { VERSION } from '../version-argument.ts';
import { versionsCommand } from '../versions-command.ts';

/** Adds `log` and `tag` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  const versions = versionsCommand(program);
  versions
    .command('log')
    .description('show the history of a version, and what each one changed against the one before')
    .argument('[version]', VERSION, 'main')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions log', 'spindle versions log v1.0 --json'))
    .action((version: string, options: DatasetChoice) => log(context, version, options));
  versions
    .command('tag')
    .description('give a version a name that stays')
    .argument('<name>', 'lower-case letters, digits, dots and hyphens', checkedBy(TagName))
    .argument('<version>', VERSION)
    .option('--force', 'move a tag that names another version')
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions tag v1.0 main', 'spindle versions tag v1.0 3f2a9c --force'))
    .action((name: TagName, version: string, options: DatasetChoice & { force?: boolean }) =>
      tag(context, name, version, options),
    );
}

async function log(context: CommandContext, meant: string, choice: DatasetChoice): Promise<void> {
  const dataset = await existingDataset(context, choice);
  const { resolveVersion } = await import('../../client/versions.ts');
  const { versionLog } = await import('../../client/version-log.ts');
  const store = await context.store();
  const versions = await versionLog(store, dataset, await resolveVersion(store, dataset, meant));
  context.output.result({ dataset, versions }, () => printLog(context.output, versions));
}

function printLog(output: Output, versions: readonly LogEntry[]): void {
  for (const { version, tags, stored, rounds, changes } of versions) {
    output.line(`version ${[short(version), ...tags].join('  ')}`);
    const by = rounds.length > 0 ? `, ${rounds.length === 1 ? 'round' : 'rounds'} ${rounds.join(', ')}` : '';
    output.line(`  stored ${stored ?? 'at a time that is not recorded'}${by}`);
    for (const change of changes) output.line(`  ${change}`);
    output.line();
  }
}

async function tag(
  context: CommandContext,
  name: TagName,
  meant: string,
  options: DatasetChoice & { force?: boolean },
): Promise<void> {
  const dataset = await existingDataset(context, options);
  const { resolveVersion } = await import('../../client/versions.ts');
  const { tagVersion } = await import('../../client/version-tags.ts');
  const store = await context.store();
  const version = await resolveVersion(store, dataset, meant);
  const tagged = await tagVersion(store, dataset, { tag: name, version, force: options.force === true });
  context.output.result({ dataset, ...tagged }, () => {
    const moved = tagged.before !== null && tagged.before !== version ? `, no longer ${short(tagged.before)}` : '';
    context.output.line(`${name} is version ${short(version)}${moved}`);
  });
}

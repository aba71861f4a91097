import type { Command } from 'commander';
import type { Signed } from '../../client/signatures.ts';
import type { CommandContext } from '../context.ts';
import { datasetOption, existingDataset, type DatasetChoice } from '../dataset-option.ts';
import { examples } from '../examples.ts';
import { short } from '../round-table.ts';
import { keyOption, requiredSigningKey, type KeyChoice } from '../signing-keys.ts';
import { VERSION } from '../version-argument.ts';
import { versionsCommand } from '../versions-command.ts';

/** Adds `sign` to `spindle versions`. */
export function register(program: Command, context: CommandContext): void {
  versionsCommand(program)
    .command('sign')
    .description('sign the manifest of a version; the signature is stored beside it')
    .argument('<version>', VERSION)
    .addOption(keyOption())
    .addOption(datasetOption())
    .addHelpText('after', examples('spindle versions sign main --key release-key'))
    .addHelpText(
      'after',
      '\nThe key stays where it is. `spindle keys create` makes one; `spindle versions verify --signature` checks signatures.',
    )
    .action((version: string, options: KeyChoice & DatasetChoice) => run(context, version, options));
}

async function run(context: CommandContext, meant: string, options: KeyChoice & DatasetChoice): Promise<void> {
  const key = await requiredSigningKey(context, options);
  const dataset = await existingDataset(context, options);
  const { readVersion, resolveVersion } = await import('../../client/versions.ts');
  const { signStored } = await import('../../client/signatures.ts');
  const store = await context.store();
  const { bytes } = await readVersion(store, dataset, await resolveVersion(store, dataset, meant));
  const signed = await signStored(store, dataset, 'version', bytes, key);
  context.output.result({ dataset, ...signed }, () => context.output.line(signedLine(signed)));
}

function signedLine({ of, key, already }: Signed): string {
  return `version ${short(of)} ${already ? 'was signed before' : 'is signed'} by key ${short(key)}`;
}

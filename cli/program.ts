import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import * as audits from './commands/audits.ts';
import * as bias from './commands/bias.ts';
import * as auditLog from './commands/audit-log.ts';
import * as campaign from './commands/campaign.ts';
import * as cohort from './commands/cohort.ts';
import * as cohortInspect from './commands/cohort-inspect.ts';
import * as demo from './commands/demo.ts';
import * as down from './commands/down.ts';
import * as errata from './commands/errata.ts';
import * as evaluate from './commands/evaluate.ts';
import * as keys from './commands/keys.ts';
import * as mask from './commands/mask.ts';
import * as modelEvaluate from './commands/model-evaluate.ts';
import * as models from './commands/models.ts';
import * as release from './commands/release.ts';
import * as round from './commands/round.ts';
import * as segment from './commands/segment.ts';
import * as patients from './commands/patients.ts';
import * as split from './commands/split.ts';
import * as splitFolds from './commands/split-folds.ts';
import * as splitFresh from './commands/split-fresh.ts';
import * as status from './commands/status.ts';
import * as tasks from './commands/tasks.ts';
import * as train from './commands/train.ts';
import * as trainer from './commands/trainer.ts';
import * as up from './commands/up.ts';
import * as users from './commands/users.ts';
import * as versionDiff from './commands/version-diff.ts';
import * as versionFreeze from './commands/version-freeze.ts';
import * as versionGc from './commands/version-gc.ts';
import * as versionHistory from './commands/version-history.ts';
import * as versionPublish from './commands/version-publish.ts';
import * as versionReproduce from './commands/version-reproduce.ts';
import * as versionSign from './commands/version-sign.ts';
import * as versionExport from './commands/version-export.ts';
import * as versionImport from './commands/version-import.ts';
import * as versions from './commands/versions.ts';
import * as volume from './commands/volume.ts';
import type { CommandContext } from './context.ts';
import { examples } from './examples.ts';
import { EXIT, EXIT_MEANINGS, exitCodeOf, type ExitCode } from './exit-codes.ts';

/** A file of `commands/` adds one noun, or one verb that stands alone. */
export interface CommandModule {
  register(program: Command, context: CommandContext): void;
}

// In the order of `spindle --help`.
const COMMANDS: readonly CommandModule[] = [
  demo,
  up,
  down,
  status,
  cohort,
  cohortInspect,
  mask,
  volume,
  split,
  splitFresh,
  splitFolds,
  patients,
  campaign,
  round,
  tasks,
  bias,
  audits,
  users,
  auditLog,
  versions,
  versionDiff,
  versionHistory,
  versionPublish,
  versionFreeze,
  versionGc,
  versionExport,
  versionImport,
  versionReproduce,
  versionSign,
  release,
  errata,
  keys,
  models,
  modelEvaluate,
  train,
  trainer,
  segment,
  evaluate,
];

/** Builds the `spindle` command with everything under it; nothing runs yet. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('spindle')
    .description(
      'Runs the curation of a medical-image segmentation dataset: propose, review, ingest, retrain, version.',
    )
    // `--version` anywhere would be taken from the commands that have an option of that name.
    .version(packageJson.version, '-V', 'print the version, as --version alone does')
    .option('--json', 'print results (and errors) as JSON')
    .on('option:json', () => void (context.output.json = true))
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError(false)
    .addHelpText('after', examples('spindle up', 'spindle status --json', 'spindle help <command>'))
    .addHelpText('after', `\nExit codes:\n${exitCodeList()}`);
  for (const command of COMMANDS) command.register(program, context);
  return program;
}

/** Runs one command line (without `node` and the script) and gives the exit code; says itself what went wrong. */
export async function runProgram(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  try {
    await buildProgram(context).parseAsync(understood(args), { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    // Help and version end by an "error" too.
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
    if (args.includes('--json')) context.output.json = true;
    if (!(error instanceof CommanderError && error.code === 'commander.help')) context.output.error(error);
    return exitCodeOf(error);
  } finally {
    await context.close();
  }
}

/** `--version` as `-V`, and `help cohort make` as `cohort make --help`: the library knows `help` for the first word only. */
function understood(args: readonly string[]): readonly string[] {
  if (args[0] === '--version') return ['-V'];
  return args[0] === 'help' && args.length > 2 ? [...args.slice(1), '--help'] : args;
}

function exitCodeList(): string {
  return Object.entries(EXIT_MEANINGS)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join('\n');
}

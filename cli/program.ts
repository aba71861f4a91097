import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { CommandContext } from './context.ts';
import { examples } from './examples.ts';
import { EXIT, EXIT_MEANINGS, exitCodeOf, type ExitCode } from './exit-codes.ts';

/** A file of `commands/` adds one noun, or one verb that stands alone. */
export interface CommandModule {
  register(program: Command, context: CommandContext): void;
}

// In the order of `spindle --help`, each with the first word of what it adds. Only what a command line asks for is loaded: most of the
// time that a quick command takes would go into the others.
const COMMANDS: readonly (readonly [word: string, load: () => Promise<CommandModule>])[] = [
  ['demo', () => import('./commands/demo.ts')],
  ['up', () => import('./commands/up.ts')],
  ['down', () => import('./commands/down.ts')],
  ['status', () => import('./commands/status.ts')],
  ['cohort', () => import('./commands/cohort.ts')],
  ['cohort', () => import('./commands/cohort-inspect.ts')],
  ['mask', () => import('./commands/mask.ts')],
  ['volume', () => import('./commands/volume.ts')],
  ['split', () => import('./commands/split.ts')],
  ['split', () => import('./commands/split-fresh.ts')],
  ['split', () => import('./commands/split-folds.ts')],
  ['patients', () => import('./commands/patients.ts')],
  ['campaign', () => import('./commands/campaign.ts')],
  ['round', () => import('./commands/round.ts')],
  ['tasks', () => import('./commands/tasks.ts')],
  ['bias', () => import('./commands/bias.ts')],
  ['audits', () => import('./commands/audits.ts')],
  ['users', () => import('./commands/users.ts')],
  ['audit-log', () => import('./commands/audit-log.ts')],
  ['versions', () => import('./commands/versions.ts')],
  ['versions', () => import('./commands/version-diff.ts')],
  ['versions', () => import('./commands/version-history.ts')],
  ['versions', () => import('./commands/version-publish.ts')],
  ['versions', () => import('./commands/version-freeze.ts')],
  ['versions', () => import('./commands/version-gc.ts')],
  ['versions', () => import('./commands/version-export.ts')],
  ['versions', () => import('./commands/version-import.ts')],
  ['versions', () => import('./commands/version-reproduce.ts')],
  ['versions', () => import('./commands/version-sign.ts')],
  ['release', () => import('./commands/release.ts')],
  ['errata', () => import('./commands/errata.ts')],
  ['errata', () => import('./commands/errata-reports.ts')],
  ['keys', () => import('./commands/keys.ts')],
  ['models', () => import('./commands/models.ts')],
  ['models', () => import('./commands/model-evaluate.ts')],
  ['train', () => import('./commands/train.ts')],
  ['trainer', () => import('./commands/trainer.ts')],
  ['segment', () => import('./commands/segment.ts')],
  ['evaluate', () => import('./commands/evaluate.ts')],
];

/** Builds the `spindle` command with everything under it, or with what begins with one `word` alone; nothing runs yet. */
export async function buildProgram(context: CommandContext, word?: string): Promise<Command> {
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
  const wanted = COMMANDS.filter(([first]) => first === word);
  const modules = (wanted.length > 0 ? wanted : COMMANDS).map(([, load]) => load());
  for (const module of await Promise.all(modules)) module.register(program, context);
  return program;
}

/**
 * Runs one command line (without `node` and the script) and gives the exit code; says itself what went wrong. `onCommand` is told the
 * words of the command, `versions show`, before it runs.
 */
export async function runProgram(
  args: readonly string[],
  context: CommandContext,
  onCommand: (words: string) => void = () => {},
): Promise<ExitCode> {
  try {
    const line = understood(args);
    const program = await buildProgram(context, firstWord(line));
    program.hook('preAction', (_, command) => onCommand(wordsOf(command)));
    await program.parseAsync(line, { from: 'user' });
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

/** The word that says which command is meant, for `help` as well; undefined where there is none. */
function firstWord(args: readonly string[]): string | undefined {
  const words = args.filter((arg) => !arg.startsWith('-'));
  return words[0] === 'help' ? words[1] : words[0];
}

/** The words of a command below `spindle`. */
function wordsOf(command: Command): string {
  const words: string[] = [];
  for (let at: Command | null = command; at?.parent; at = at.parent) words.unshift(at.name());
  return words.join(' ');
}

function exitCodeList(): string {
  return Object.entries(EXIT_MEANINGS)
    .map(([code, meaning]) => `  ${code}  ${meaning}`)
    .join('\n');
}

import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import {
  installedSoftware,
  runnableTrainer,
  TRAINER_PACKAGES,
  type RunnableTrainer,
  type TrainerPackage,
} from '../../adapters/trainer-packages.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { repositoryRoot, trainerPython } from '../../infra/local/paths.ts';
import type { CommandContext } from '../context.ts';
import { examples } from '../examples.ts';
import { BadResultError, EXIT } from '../exit-codes.ts';

/** PyTorch takes seconds to import, on busy cores many. */
const CHECK_WITHIN_MS = 300_000;

/** What a trainer's `--check` prints. */
const Answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), device: z.string(), software: z.record(z.string(), z.string()) }),
  z.object({ ok: z.literal(false), reason: z.string() }),
]);
type Answer = z.infer<typeof Answer>;

interface TrainerRow {
  trainer: string;
  state: 'built in' | 'installed' | 'not installed';
  software: Record<string, string>;
  description: string;
}

export function register(program: Command, context: CommandContext): void {
  const trainer = program.command('trainer').description('the programs that train models');
  trainer
    .command('list')
    .description('list the trainers, and which are installed')
    .addHelpText('after', examples('spindle trainer list', 'spindle trainer list --json'))
    .action(() => list(context));
  trainer
    .command('install')
    .description('install a trainer that does not come with set-up, on this machine')
    .argument('<name>', 'nnunet')
    .addHelpText('after', examples('spindle trainer install nnunet'))
    .addHelpText(
      'after',
      [
        '',
        'Its pinned Python packages go into .spindle/trainers/<name> in the clone: some gigabytes with PyTorch. Broken off, it goes',
        'on where it was; done, it does nothing. Run it on the machine of the training worker, which need not be started anew.',
      ].join('\n'),
    )
    .action((name: string) => install(context, name));
  trainer
    .command('check')
    .description('see whether a trainer can be run on this machine, and on which device')
    .argument('<name>', TRAINER_PACKAGES.map(({ name }) => name).join(', '))
    .addHelpText('after', examples('spindle trainer check nnunet'))
    .action((name: string) => check(context, name));
}

async function list({ output }: CommandContext): Promise<void> {
  const rows = await Promise.all(TRAINER_PACKAGES.map(row));
  output.result(rows, () =>
    output.table<TrainerRow>(
      [
        { header: 'TRAINER', value: ({ trainer }) => trainer },
        { header: 'STATE', value: ({ state, software }) => [state, versionOf(software)].filter(Boolean).join(', ') },
        { header: 'DESCRIPTION', value: ({ description }) => description },
      ],
      rows,
    ),
  );
}

async function row(trainer: TrainerPackage): Promise<TrainerRow> {
  const software = await installedSoftware(runnableTrainer(trainer, trainerPython));
  const state = trainer.environment === 'set-up' ? 'built in' : software ? 'installed' : 'not installed';
  return { trainer: trainer.name, state, software: software ?? {}, description: trainer.description };
}

function versionOf({ nnunetv2 }: Record<string, string>): string {
  return nnunetv2 === undefined ? '' : `nnunetv2 ${nnunetv2}`;
}

async function install({ output }: CommandContext, name: string): Promise<void> {
  const trainer = known(name);
  if (trainer.environment === 'set-up') {
    output.result({ trainer: name, state: 'built in' }, () => output.line(`${name} comes with set-up: npm run setup`));
    return;
  }
  const code = await new Promise<number | null>((settle, reject) => {
    const args = [join(repositoryRoot, 'infra/setup.mjs'), '--trainer', name];
    // Set-up shows on stderr how far it is, and explains what went wrong.
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('close', settle);
  });
  if (code !== 0)
    throw new BadResultError(`${name} was not installed; the same command goes on where it was`, EXIT.failed);
  const installed = await row(trainer);
  output.result(installed, () => output.line(`${name} is installed: ${versionOf(installed.software)}`));
}

async function check({ env, output }: CommandContext, name: string): Promise<void> {
  const trainer = known(name);
  const runnable = runnableTrainer(trainer, trainerPython);
  const answer: Answer =
    (await installedSoftware(runnable)) === null
      ? { ok: false, reason: `it is not installed: spindle trainer install ${name}` }
      : await asked(trainer, runnable, env);
  output.result({ trainer: name, ...answer }, () => {
    if (!answer.ok) return output.line(`${name} can't be run here: ${answer.reason}`);
    const software = Object.entries(answer.software).map(([what, version]) => `${what} ${version}`);
    output.line(`${name} can be run here, on ${answer.device}: ${software.join(', ')}`);
  });
  if (!answer.ok) throw new BadResultError(`${name} can't be run here`, EXIT.failed);
}

function known(name: string): TrainerPackage {
  const trainer = TRAINER_PACKAGES.find((each) => each.name === name);
  const names = TRAINER_PACKAGES.map((each) => each.name).join(', ');
  if (!trainer) throw new InvalidInputError('trainer', 'name', `one of ${names}`, name);
  return trainer;
}

/** Has a trainer tell what it runs on. What it prints is an answer, whatever its exit code. */
function asked({ check }: TrainerPackage, { command, env }: RunnableTrainer, own: NodeJS.ProcessEnv): Promise<Answer> {
  const options = { env: { ...own, ...env }, timeout: CHECK_WITHIN_MS };
  return new Promise((settle) => {
    execFile(command[0]!, [...check], options, (error, stdout, stderr) => {
      const last = stdout.trim().split('\n').at(-1) ?? '';
      try {
        settle(Answer.parse(JSON.parse(last)));
      } catch {
        const reason = stderr.trim().split('\n').at(-1) || error?.message || 'it gave no answer';
        settle({ ok: false, reason });
      }
    });
  });
}

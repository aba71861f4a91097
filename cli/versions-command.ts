import type { Command } from 'commander';

/** `spindle versions`, under which several files put their verbs; registered before them (cli/program.ts). */
export function versionsCommand(program: Command): Command {
  const found = program.commands.find((command) => command.name() === 'versions');
  if (!found) throw new Error('`versions` is registered after what belongs under it');
  return found;
}

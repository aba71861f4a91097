import type { Command } from 'commander';

/** `spindle <noun>`, under which several files put their verbs; the file that makes it is registered before them (cli/program.ts). */
export function commandGroup(program: Command, noun: string): Command {
  const found = program.commands.find((command) => command.name() === noun);
  if (!found) throw new Error(`\`${noun}\` is registered after what belongs under it`);
  return found;
}

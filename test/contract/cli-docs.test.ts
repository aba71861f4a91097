import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createContext } from '../../cli/context.ts';
import { createOutput } from '../../cli/output.ts';
import { buildProgram } from '../../cli/program.ts';

const DOCS = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
const SECTIONS = new Map(DOCS.split(/^## /m).map((part) => [part.slice(0, part.indexOf('\n')), part] as const));
/** Options of several commands, told once. */
const TOLD_ONCE = SECTIONS.get('Options of many commands') ?? '';
/** Commands whose options are told with another's. */
const AS_WITH: Record<string, string> = { 'round start': 'campaign start' };

describe('docs/cli.md', () => {
  it('tells every option of every command', async () => {
    const commands = leaves(await program());
    expect(commands.length).toBeGreaterThan(25);
    expect(commands.flatMap(({ name, command }) => untold(name, command))).toEqual([]);
  });

  it('has no section for a command that is none', async () => {
    const names = leaves(await program()).map(({ name }) => name);
    const verbs = new Set(names.map((name) => name.split(' ')[0]));
    const gone = [...SECTIONS.keys()].filter((title) => verbs.has(title.split(' ')[0]) && !names.includes(title));
    expect(gone).toEqual([]);
  });
});

function untold(name: string, command: Command): string[] {
  const text = SECTIONS.get(AS_WITH[name] ?? name) ?? '';
  return command.options
    .map(({ long }) => long!)
    .filter((flag) => ![text, TOLD_ONCE].some((part) => new RegExp(`${flag}(?![a-z-])`).test(part)))
    .map((flag) => `${name} ${flag}`);
}

function leaves(command: Command, above: string[] = []): { name: string; command: Command }[] {
  return command.commands.flatMap((each) => {
    const path = [...above, each.name()];
    return each.commands.length > 0 ? leaves(each, path) : [{ name: path.join(' '), command: each }];
  });
}

function program(): Promise<Command> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = createOutput(nowhere, nowhere as unknown as NodeJS.WriteStream);
  return buildProgram(createContext({}, '/nowhere/spindle-home', output));
}

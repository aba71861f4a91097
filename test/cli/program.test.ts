import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { createContext } from '../../cli/context.ts';
import { EXIT_MEANINGS } from '../../cli/exit-codes.ts';
import { createOutput } from '../../cli/output.ts';
import { buildProgram, runProgram } from '../../cli/program.ts';

const ROOT = join(import.meta.dirname, '../..');

class Captured extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

function prepared() {
  const stdout = new Captured();
  const stderr = new Captured();
  const output = createOutput(stdout, stderr as unknown as NodeJS.WriteStream);
  return { stdout, stderr, context: createContext({}, '/nowhere/spindle-home', output) };
}

async function run(...args: string[]) {
  const { stdout, stderr, context } = prepared();
  const code = await runProgram(args, context);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

describe('the command line', () => {
  it('takes `help` with every word of a command', async () => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const { code } = await run('help', 'cohort', 'make').finally(() => spy.mockRestore());
    expect(code).toBe(0);
    expect(written.join('')).toMatch(/^Usage: spindle cohort make /);
  });

  it('tells its version, and leaves `--version` to the commands that have one', async () => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    await run('--version')
      .then(() => run('-V'))
      .finally(() => spy.mockRestore());
    expect(written.join('')).toMatch(/^(\d+\.\d+\.\d+\n)\1$/);
    // Without servers it comes as far as asking for them.
    expect(await run('train', '--version', 'ffff')).toMatchObject({ code: 5 });
  });

  it('ends quietly when its reader has gone', () => {
    const script = 'node cli/spindle.mjs --help | true; echo "${PIPESTATUS[0]}"';
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd: ROOT, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
  });

  it('refuses what it does not know with exit code 2', async () => {
    expect(await run('frobnicate')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: "error: unknown command 'frobnicate'\n",
    });
    expect(await run('status', '--frobnicate')).toMatchObject({ code: 2, stdout: '' });
    const wrongName = await run('up', '--workers', 'imaging,imagination');
    expect(wrongName.code).toBe(2);
    expect(wrongName.stderr).toContain('got "imagination"');
  });

  it('gives errors as JSON when asked for JSON', async () => {
    const { code, stdout, stderr } = await run('frobnicate', '--json');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(JSON.parse(stderr)).toEqual({
      error: { name: 'CommanderError', message: "unknown command 'frobnicate'", exitCode: 2 },
    });
  });

  it.each([
    ['--json', 'status'],
    ['status', '--json'],
  ])('prints JSON alone for %s %s', async (...args) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { processes } = JSON.parse(stdout) as { processes: { name: string; state: string }[] };
    expect(processes.map(({ name }) => name)).toEqual([
      's3',
      'temporal',
      'orchestrate',
      'imaging',
      'inference',
      'train-gpu',
      'web',
    ]);
    expect(new Set(processes.map(({ state }) => state))).toEqual(new Set(['stopped']));
  });

  it('shows a table to people', async () => {
    const { stdout } = await run('status');
    expect(stdout.split('\n')[0]).toBe('NAME         KIND    STATE    PID  ADDRESS  PAGE');
    expect(stdout.split('\n')[1]).toBe('s3           server  stopped    –  –        –');
  });

  it('closes what a command opened, also when it failed', async () => {
    const { context } = prepared();
    const closed: number[] = [];
    context.onClose(() => void closed.push(1));
    context.onClose(() => void closed.push(2));
    await runProgram(['frobnicate'], context);
    expect(closed).toEqual([2, 1]);
  });
});

describe('what a command line loads', async () => {
  const { commands } = await buildProgram(prepared().context);

  it.each(commands.map((command) => [command.name(), command] as const))(
    'is all of `%s`, and of that alone',
    async (name, whole) => {
      const alone = await buildProgram(prepared().context, name);
      expect(alone.commands.map((command) => command.name())).toEqual([name]);
      const help = (command: Command) => leaves(command).map(({ path, command: leaf }) => [path, helpOf(leaf)]);
      expect(help(alone.commands[0]!)).toEqual(help(whole));
    },
  );

  it('is everything where no command is named', async () => {
    const names = (program: Command) => program.commands.map((command) => command.name());
    expect(names(await buildProgram(prepared().context, 'frobnicate'))).toEqual(commands.map((each) => each.name()));
  });

  it('tells the words of the command that runs', async () => {
    const words: string[] = [];
    await runProgram(['--json', 'versions', 'show', 'main'], prepared().context, (each) => words.push(each));
    await runProgram(['frobnicate'], prepared().context, (each) => words.push(each));
    expect(words).toEqual(['versions show']);
  });
});

describe('documentation', async () => {
  const commands = leaves(await buildProgram(prepared().context));
  const docs = readFileSync(join(ROOT, 'docs/cli.md'), 'utf8');

  it('has a heading for every command', () => {
    expect(commands.length).toBeGreaterThanOrEqual(3);
    for (const { path } of commands) expect(docs, path).toMatch(new RegExp(`^##+ ${path}$`, 'm'));
  });

  it('shows an example in the help of every command', () => {
    for (const { path, command } of commands) expect(helpOf(command), path).toContain(`\n  spindle ${path}`);
  });

  it('tells the exit codes, the same as the help', async () => {
    const help = helpOf(await buildProgram(prepared().context));
    for (const [code, meaning] of Object.entries(EXIT_MEANINGS)) {
      expect(docs).toContain(`| ${code} | ${meaning} |`);
      expect(help).toContain(`${code}  ${meaning}`);
    }
  });
});

function leaves(command: Command, path: string[] = []): { path: string; command: Command }[] {
  if (command.commands.length === 0) return [{ path: path.join(' '), command }];
  return command.commands.flatMap((child) => leaves(child, [...path, child.name()]));
}

/** Help with the texts that are added after it. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => void (text += part) }).outputHelp();
  return text;
}

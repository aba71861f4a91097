import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { CommandContext } from './context.ts';

/** Where a password may come from. Never the command line: it stays in the shell's history and everybody sees it in `ps`. */
export const PASSWORD_HELP =
  'The password is asked for on the terminal, or is the first line of the standard input, or SPINDLE_PASSWORD.';

/** Asks for a new password, twice on a terminal. Throws InvalidInputError when there is none, or two different ones. */
export async function newPassword(
  { env }: CommandContext,
  name: string,
  input: NodeJS.ReadStream = process.stdin,
  prompt: NodeJS.WritableStream = process.stderr,
): Promise<string> {
  if (env['SPINDLE_PASSWORD']) return env['SPINDLE_PASSWORD'];
  if (!input.isTTY) {
    const [line = ''] = (await text(input)).split(/\r?\n/, 1);
    if (line === '') throw new InvalidInputError('standard input', 'password', 'a line with the password', 'none');
    return line;
  }
  const given = await asked(`Password for ${name}: `, input, prompt);
  const again = await asked('The same again: ', input, prompt);
  if (given === again) return given;
  throw new InvalidInputError('terminal', 'password', 'the same twice', 'two different ones');
}

/** A line typed without being shown. */
async function asked(question: string, input: NodeJS.ReadStream, prompt: NodeJS.WritableStream): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silent, terminal: true });
  prompt.write(question);
  try {
    const interrupted = new Promise<never>((_, reject) =>
      lines.once('SIGINT', () => reject(new InvalidInputError('terminal', 'password', 'a line', 'Ctrl-C'))),
    );
    return await Promise.race([lines.question(''), interrupted]);
  } finally {
    lines.close();
    prompt.write('\n');
  }
}

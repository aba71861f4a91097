import { Writable } from 'node:stream';
import { createContext } from '../../cli/context.ts';
import { createOutput } from '../../cli/output.ts';
import { runProgram } from '../../cli/program.ts';

class Captured extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** Runs one command line in this process, without servers, and gives what it said. */
export function runCommand(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return runCommandIn({}, ...args);
}

/** The same in an environment, which may name servers. */
export async function runCommandIn(
  env: NodeJS.ProcessEnv,
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new Captured(), new Captured()];
  const output = createOutput(stdout, stderr as unknown as NodeJS.WriteStream);
  const code = await runProgram(args, createContext(env, env['SPINDLE_HOME'] ?? '/nowhere/spindle-home', output));
  return { code, stdout: stdout.text, stderr: stderr.text };
}

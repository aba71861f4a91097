import { homeOf } from '../infra/local/paths.ts';
import { createContext } from './context.ts';
import { createOutput } from './output.ts';
import { runProgram } from './program.ts';

process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

// Who reads may stop reading, as `spindle tasks list | head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const output = createOutput(process.stdout, process.stderr);
const context = createContext(process.env, homeOf(process.env), output);
let command: string | null = null;

// Not awaited at the top: kept as one file (cli/kept/), this is no module that could.
void runProgram(process.argv.slice(2), context, (words) => (command = words)).then((code) => {
  process.exitCode = code;
});

/** The words of the command that was run, without its arguments: `versions show`; null where none was. */
export function lastCommand(): string | null {
  return command;
}

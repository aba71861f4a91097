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
process.exitCode = await runProgram(process.argv.slice(2), context);

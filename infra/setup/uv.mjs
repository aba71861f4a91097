import { join } from 'node:path';
import { askCommand, runCommand } from './command.mjs';
import { findOnPath, isExecutable, UV_ENVIRONMENT } from './paths.mjs';
import { SetupError } from './setup-error.mjs';

const UV_VERSION = '0.13.9';

/**
 * Gives a `uv`: the one on PATH, else one installed by pip into an environment of its own.
 * @param {string} python A Python interpreter.
 * @param {(text: string) => void} detail
 */
export async function provideUv(python, detail) {
  const onPath = findOnPath('uv');
  if (onPath && askCommand(onPath, ['--version'])) return onPath;
  const own = join(UV_ENVIRONMENT, 'bin', 'uv');
  if (isExecutable(own) && askCommand(own, ['--version'])) return own;
  detail('installing uv');
  try {
    await runCommand('python', python, ['-m', 'venv', '--clear', UV_ENVIRONMENT]);
  } catch {
    throw new SetupError(
      `${python} can't make a virtual environment: install uv, or Python's venv module (python3-venv).`,
    );
  }
  await runCommand('python', join(UV_ENVIRONMENT, 'bin', 'python'), [
    '-m',
    'pip',
    'install',
    '-q',
    `uv==${UV_VERSION}`,
  ]);
  return own;
}

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath, ROOT } from './paths.mjs';
import { provideUv } from './uv.mjs';

/**
 * Brings the packages of a requirements file into an environment of their own, `.spindle/<name>`, unless they are there; gives its
 * Python. For what set-up does not bring: benchmarks' peers, optional tests.
 *
 * @param {string} name
 * @param {string} requirements the file
 */
export async function pythonEnvironment(name, requirements) {
  const environment = join(ROOT, '.spindle', name);
  const stamp = join(environment, 'requirements.sha256');
  const python = join(environment, 'bin', 'python');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    const base = findOnPath('python3') ?? 'python3';
    console.error(`installing ${requirements.slice(ROOT.length + 1)} into .spindle/${name}`);
    const uv = await provideUv(base, (text) => console.error(text));
    const run = (...args) => execFileSync(uv, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    run('venv', '--quiet', '--clear', '--python', base, environment);
    run('pip', 'install', '--quiet', '--python', python, '-r', requirements);
    writeFileSync(stamp, wanted);
  }
  return python;
}

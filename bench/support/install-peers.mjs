// Brings the Python packages of bench/requirements.txt into .spindle/bench-python, unless they are there; prints the Python.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOnPath, ROOT } from '../../infra/setup/paths.mjs';
import { provideUv } from '../../infra/setup/uv.mjs';

const environment = join(ROOT, '.spindle', 'bench-python');
const requirements = join(ROOT, 'bench', 'requirements.txt');
const stamp = join(environment, 'requirements.sha256');
const python = join(environment, 'bin', 'python');

const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  const base = findOnPath('python3') ?? 'python3';
  console.error('installing the peers into .spindle/bench-python');
  const uv = await provideUv(base, (text) => console.error(text));
  const run = (...args) => execFileSync(uv, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  run('venv', '--quiet', '--clear', '--python', base, environment);
  run('pip', 'install', '--quiet', '--python', python, '-r', requirements);
  writeFileSync(stamp, wanted);
}
process.stdout.write(python);

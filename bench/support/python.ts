import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export const BENCH_FOLDER = join(import.meta.dirname, '..');
/** Where benchmarks keep what they make. */
export const BENCH_DATA = join(BENCH_FOLDER, '../.spindle/bench');

const ONE_CORE = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS: '1' };

/**
 * Runs a script of this folder with the peers of bench/requirements.txt, which are installed on the first call, and gives what it
 * printed, as JSON. Numerical libraries keep to one core.
 */
export function runPeers<T>(script: string, args: readonly string[]): T {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const installer = join(BENCH_FOLDER, 'support', 'install-peers.mjs');
  const python = execFileSync(process.execPath, [installer], { encoding: 'utf8', stdio });
  const text = execFileSync(python, [join(BENCH_FOLDER, script), ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...ONE_CORE },
    stdio,
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(text) as T;
}

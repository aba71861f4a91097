import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BENCH_FOLDER } from '../support/python.ts';

/** A DVC repository beside a checkout, with a remote in a bucket of its own on the same S3 server. */
export interface DvcRepository {
  /** The folder that DVC keeps: `images/` and `masks/`. */
  data: string;
  /** Runs `dvc` with arguments and gives the milliseconds it took. */
  run(...args: string[]): number;
}

/** Makes the repository on a copy of a checkout, and pushes it. */
export function dvcRepository(
  root: string,
  checkout: string,
  s3: { endpoint: string; accessKeyId: string; secretAccessKey: string; bucket: string },
): DvcRepository {
  const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
  const installer = join(BENCH_FOLDER, 'support', 'install-dvc.mjs');
  const python = execFileSync(process.execPath, [installer], { encoding: 'utf8', stdio });
  const data = join(root, 'data');
  mkdirSync(root, { recursive: true });
  for (const part of ['images', 'masks']) cpSync(join(checkout, part), join(data, part), { recursive: true });
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: s3.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    AWS_DEFAULT_REGION: 'us-east-1',
    DVC_NO_ANALYTICS: '1',
    DVC_GLOBAL_CONFIG_DIR: join(root, 'config'),
    DVC_SITE_CACHE_DIR: join(root, 'site'),
  };
  const run = (...args: string[]): number => {
    const start = performance.now();
    execFileSync(join(dirname(python), 'dvc'), ['--cd', root, ...args, '--quiet'], { env, stdio });
    return performance.now() - start;
  };
  run('init', '--no-scm');
  run('config', 'core.check_update', 'false');
  run('remote', 'add', '--default', 'bench', `s3://${s3.bucket}`);
  run('remote', 'modify', 'bench', 'endpointurl', s3.endpoint);
  run('add', 'data');
  run('push');
  return { data, run };
}

/** Takes the working files away, and `cache` as well: what is left to do is a checkout or a pull. */
export function withoutFiles(repository: DvcRepository, cache: boolean): void {
  rmSync(repository.data, { recursive: true });
  if (cache) rmSync(join(dirname(repository.data), '.dvc', 'cache'), { recursive: true });
}

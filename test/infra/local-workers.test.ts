import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../adapters/configuration.ts';
import { localEnvironment } from '../../infra/local/environment.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { isRunning } from '../../infra/local/process.ts';
import { startServers } from '../../infra/local/servers.ts';
import { readState } from '../../infra/local/state.ts';
import { startWorkers, stopWorkers, WORKER_NAMES, workerMain, workerStatus } from '../../infra/local/workers.ts';
import { cleanEnvironment, temporaryHome } from './local-home.ts';

const fixture = (name: string) => () => join(import.meta.dirname, 'fixtures', `${name}.ts`);

describe('worker processes', () => {
  const { home, remove } = temporaryHome();
  const imaging = () => workerStatus(home).find(({ name }) => name === 'imaging')!;
  beforeAll(() => startServers(home, cleanEnvironment));
  afterAll(remove);

  it('have a main each', () => {
    for (const name of WORKER_NAMES) expect(existsSync(workerMain(name)), workerMain(name)).toBe(true);
  });

  it('start with an environment that says where everything is', async () => {
    await startWorkers(home, cleanEnvironment, ['imaging'], fixture('steady-worker'));
    expect(imaging().running).toBe(true);
    const given = JSON.parse(readFileSync(join(home, 'environment.json'), 'utf8')) as Record<string, string>;
    expect(given['TEMPORAL_ADDRESS']).toBe(localEnvironment(home, cleanEnvironment)['TEMPORAL_ADDRESS']);
    const { s3, apiToken } = readConfiguration(given);
    expect(s3).toMatchObject({ bucket: 'spindle', forcePathStyle: true });
    expect(s3.credentials?.secretAccessKey.length).toBeGreaterThan(20);
    expect(apiToken?.length).toBeGreaterThan(20);
  });

  it('are left alone when they run, and started again when killed', async () => {
    const { pid } = imaging();
    await startWorkers(home, cleanEnvironment, ['imaging'], fixture('steady-worker'));
    expect(imaging().pid).toBe(pid);
    process.kill(pid!, 'SIGKILL');
    await expect.poll(() => imaging().running).toBe(false);
    await startWorkers(home, cleanEnvironment, ['imaging'], fixture('steady-worker'));
    expect(imaging().running).toBe(true);
    expect(imaging().pid).not.toBe(pid);
  });

  it('end when asked', async () => {
    const record = readState(localPaths(home)).processes['imaging']!;
    expect(await stopWorkers(home)).toEqual(['imaging']);
    expect(isRunning(record)).toBe(false);
  });

  it('tell why they failed', async () => {
    const start = startWorkers(home, cleanEnvironment, ['imaging'], fixture('broken-worker'));
    await expect(start).rejects.toThrow(/imaging ended while starting[^]*no such model on this machine/);
  });
});

describe('the environment', () => {
  it('that names another Temporal and S3 needs no local server', () => {
    const { home, remove } = temporaryHome();
    const other = { TEMPORAL_ADDRESS: 'temporal.example:7233', SPINDLE_BUCKET: 'spine', AWS_REGION: 'eu-central-1' };
    expect(localEnvironment(home, other)).toMatchObject(other);
    expect(localEnvironment(home, other)).not.toHaveProperty('AWS_ENDPOINT_URL_S3');
    expect(() => localEnvironment(home, { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'x' })).toThrow(
      "the local servers aren't running (s3, temporal): run `spindle up`",
    );
    return remove();
  });
});

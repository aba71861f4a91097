import { statSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration } from '../../adapters/configuration.ts';
import { ensureSearchAttributes, SEARCH_ATTRIBUTES } from '../../adapters/search-attributes.ts';
import { connectTemporal } from '../../adapters/temporal-connection.ts';
import { localEnvironment } from '../../infra/local/environment.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { isRunning } from '../../infra/local/process.ts';
import { serverStatus, startServers, stopServers, type ServerStatus } from '../../infra/local/servers.ts';
import { readState } from '../../infra/local/state.ts';
import { cleanEnvironment, temporaryHome } from './local-home.ts';

// Real servers: no test here passes without them.
describe('local servers', () => {
  const { home, remove } = temporaryHome();
  const paths = localPaths(home);
  let first: ServerStatus[];

  beforeAll(async () => {
    first = await startServers(home, cleanEnvironment);
    await startWorkflow('kept');
    await s3().send(new PutObjectCommand({ Bucket: 'spindle', Key: 'kept', Body: 'twenty-three' }));
  });
  afterAll(remove);

  it('come up, on loopback', () => {
    expect(first.map(({ name, running }) => [name, running])).toEqual([
      ['s3', true],
      ['temporal', true],
    ]);
    expect(first[0]?.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(first[1]?.address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it('are left alone when they run', async () => {
    expect(await startServers(home, cleanEnvironment)).toEqual(first);
  });

  it('come up once when two ask at once', async () => {
    await kill('s3');
    const [one, other] = await Promise.all([
      startServers(home, cleanEnvironment),
      startServers(home, cleanEnvironment),
    ]);
    expect(one).toEqual(other);
    first = one;
  });

  it('serve the page and have the search attributes', async () => {
    expect((await fetch(`${first[1]?.page}`)).ok).toBe(true);
    const { connection, namespace } = await connectTemporal(localEnvironment(home, cleanEnvironment));
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
    await ensureSearchAttributes(connection, namespace);
    await connection.close();
  });

  it('keep secrets from other users', () => {
    for (const path of [paths.s3Credentials, paths.state]) expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('keep their data and ports when killed and started again', async () => {
    await kill('s3');
    await kill('temporal');
    expect(serverStatus(home).map(({ running }) => running)).toEqual([false, false]);
    expect(() => localEnvironment(home, cleanEnvironment)).toThrow('run `spindle up`');
    const again = await startServers(home, cleanEnvironment);
    expect(again.map(({ address }) => address)).toEqual(first.map(({ address }) => address));
    expect(again.map(({ pid }) => pid)).not.toEqual(first.map(({ pid }) => pid));
    expect(await workflowState('kept')).toBe('RUNNING');
    const kept = await s3().send(new GetObjectCommand({ Bucket: 'spindle', Key: 'kept' }));
    expect(await kept.Body?.transformToString()).toBe('twenty-three');
  });

  it('stop, and say which had run', async () => {
    const processes = Object.values(readState(paths).processes);
    expect((await stopServers(home)).sort()).toEqual(['s3', 'temporal']);
    expect(processes.some(isRunning)).toBe(false);
    expect(await stopServers(home)).toEqual([]);
  });

  function s3(): S3Client {
    const { endpoint, region, credentials } = readConfiguration(localEnvironment(home, cleanEnvironment)).s3;
    return new S3Client({ endpoint: endpoint!, region, credentials: credentials!, forcePathStyle: true });
  }

  async function kill(name: 's3' | 'temporal'): Promise<void> {
    const record = readState(paths).processes[name]!;
    process.kill(record.pid, 'SIGKILL');
    await expect.poll(() => isRunning(record)).toBe(false);
  }

  async function startWorkflow(workflowId: string): Promise<void> {
    const { client, connection } = await connectTemporal(localEnvironment(home, cleanEnvironment));
    await client.workflow.start('nobody', { workflowId, taskQueue: 'nobody' });
    await connection.close();
  }

  async function workflowState(workflowId: string): Promise<string> {
    const { client, connection } = await connectTemporal(localEnvironment(home, cleanEnvironment));
    const { status } = await client.workflow.getHandle(workflowId).describe();
    await connection.close();
    return status.name;
  }
});

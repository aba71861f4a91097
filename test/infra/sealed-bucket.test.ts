import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CopyObjectCommand, DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfiguration, type Configuration } from '../../adapters/configuration.ts';
import { openObjectStore, type ObjectStore } from '../../adapters/object-store.ts';
import { openProbedStore } from '../../adapters/open-store.ts';
import { openSealedStore } from '../../adapters/sealed-store.ts';
import { localEnvironment, sealedEnvironment } from '../../infra/local/environment.ts';
import { localPaths } from '../../infra/local/paths.ts';
import { s3Credentials } from '../../infra/local/secrets.ts';
import { startServers, stopServers } from '../../infra/local/servers.ts';
import { cleanEnvironment, temporaryHome } from './local-home.ts';

const BODY = new TextEncoder().encode('a hidden patient');
const DENIED = { $metadata: { httpStatusCode: 403 } };
// Temporal is said to be elsewhere: the S3 server alone is started.
const ENV = { ...cleanEnvironment, TEMPORAL_ADDRESS: '127.0.0.1:1' };

describe('the sealed bucket of a local server', () => {
  const { home, remove } = temporaryHome();
  const paths = localPaths(home);
  let configuration: Configuration;
  let sealed: ObjectStore;
  let digest: string;

  beforeAll(async () => {
    await startServers(home, ENV, ['s3']);
    configuration = readConfiguration(sealedEnvironment(home, ENV));
    sealed = await openSealedStore(configuration.sealed!, configuration.s3);
    ({ digest } = await sealed.putObject(BODY));
  });
  afterAll(async () => {
    sealed.close();
    await remove();
  });

  it('is read with its own credentials', async () => {
    expect(await sealed.getObject(digest)).toEqual(BODY);
  });

  it('is closed to the ordinary credentials, whatever they try', async () => {
    const { credentials } = configuration.s3;
    const intruder = openObjectStore({ ...configuration.sealed!, credentials: credentials! });
    const key = `objects/${digest}`;
    const attempts = [
      () => intruder.getObject(digest),
      () => intruder.hasObject(digest),
      () => intruder.getObject('0'.repeat(64)),
      () => intruder.listDatasets(),
      () => intruder.bucket.write(key, BODY, 'any'),
      () => intruder.ensureBucket(),
      () => send(new DeleteObjectCommand({ Bucket: 'spindle-sealed', Key: key })),
      () => send(new CopyObjectCommand({ Bucket: 'spindle', Key: 'stolen', CopySource: `spindle-sealed/${key}` })),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(DENIED);
    intruder.close();
    expect(await sealed.getObject(digest)).toEqual(BODY);
  });

  it('opens nothing else: its own credentials do not read the ordinary bucket', async () => {
    const ordinary = await openProbedStore(configuration.s3);
    await ordinary.putObject(BODY);
    const stranger = openObjectStore({ ...configuration.s3, credentials: configuration.sealed!.credentials! });
    await expect(stranger.getObject(digest)).rejects.toMatchObject(DENIED);
    expect(await ordinary.getObject(digest)).toEqual(BODY);
    for (const store of [ordinary, stranger]) store.close();
  });

  it('is refused when the ordinary credentials reach into it', async () => {
    // The control: root may do everything.
    const open = { ...configuration.s3, credentials: s3Credentials(paths) };
    await expect(openSealedStore(configuration.sealed!, open)).rejects.toMatchObject({
      name: 'SealBrokenError',
      open: ['read an object', 'list objects', 'write an object'],
    });
    for await (const { key } of sealed.bucket.list('probe/')) throw new Error(`${key} was left behind`);
  });

  it('is kept from the workers, also where the environment opens it', () => {
    const given = {
      ...ENV,
      SPINDLE_SEALED_BUCKET: 'other',
      SPINDLE_SEALED_ACCESS_KEY_ID: 'a',
      SPINDLE_SEALED_SECRET_ACCESS_KEY: 's',
    };
    const settings = Object.entries(localEnvironment(home, given));
    const { accessKeyId, secretAccessKey } = configuration.sealed!.credentials!;
    expect(settings.filter(([name]) => name.startsWith('SPINDLE_SEALED_'))).toEqual([]);
    expect(settings.filter(([, value]) => value === accessKeyId || value === secretAccessKey)).toEqual([]);
    expect(readConfiguration(sealedEnvironment(home, given)).sealed).toMatchObject({ bucket: 'other' });
  });

  it('keeps its secrets to itself, and its content when the server is started again', async () => {
    for (const path of [paths.s3AccountCredentials('sealed'), join(paths.s3Accounts, 'users.json')]) {
      expect(statSync(path).mode & 0o077).toBe(0);
    }
    await stopServers(home);
    await startServers(home, ENV, ['s3']);
    const again = readConfiguration(sealedEnvironment(home, ENV));
    expect(again.sealed?.credentials).toMatchObject({
      accessKeyId: configuration.sealed!.credentials!.accessKeyId,
      secretAccessKey: configuration.sealed!.credentials!.secretAccessKey,
    });
    expect(await sealed.getObject(digest)).toEqual(BODY);
  });

  async function send(command: CopyObjectCommand | DeleteObjectCommand): Promise<unknown> {
    const { endpoint, region, credentials } = configuration.s3;
    const client = new S3Client({ endpoint: endpoint!, region, credentials: credentials!, forcePathStyle: true });
    return client.send(command as DeleteObjectCommand).finally(() => client.destroy());
  }
});

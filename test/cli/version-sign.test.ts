import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../core/ids.ts';
import { publish, smallSeries } from '../client/small-dataset.ts';
import { runCommandIn } from '../support/command-line.ts';
import { startTestStore, type TestStore } from '../support/test-store.ts';

describe('spindle keys, versions sign and verify --signature --chain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-sign-'));
  const [file, pub] = [join(folder, 'release-key'), join(folder, 'release-key.pub')];
  let running: TestStore;
  let env: NodeJS.ProcessEnv;
  let one: Digest;
  let two: Digest;

  beforeAll(async () => {
    running = await startTestStore(folder);
    const { endpoint, accessKeyId, secretAccessKey } = running.server;
    env = {
      AWS_ENDPOINT_URL_S3: endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: 'us-east-1',
      SPINDLE_BUCKET: 'spindle',
      SPINDLE_HOME: folder,
      // Never asked: with it named, no local server is looked for.
      TEMPORAL_ADDRESS: '127.0.0.1:9',
    };
    const series = [await smallSeries(running.store, '1_t1', 5)];
    one = await publish(running.store, 'small', series, { 1: 'train' });
    series.push(await smallSeries(running.store, '2_t1', 6));
    two = await publish(running.store, 'small', series, { 1: 'train', 2: 'validation' });
  });
  afterAll(async () => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const spindle = (...args: string[]) => runCommandIn(env, ...args);

  it('makes a pair, for the owner alone, and never over another', async () => {
    const made = await spindle('keys', 'create', file);
    expect(made).toMatchObject({ code: 0 });
    const key = /^key ([0-9a-f]{64})$/m.exec(made.stdout)![1]!;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(pub, 'utf8')).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    expect((await spindle('keys', 'show', pub)).stdout).toBe(`${key}  public key\n`);
    expect((await spindle('keys', 'show', file)).stdout).toBe(`${key}  private key\n`);
    expect(await spindle('keys', 'create', file)).toMatchObject({ code: 2 });
    env['SPINDLE_KEY_PASSPHRASE'] = 'sesame';
    const locked = join(folder, 'locked');
    expect(await spindle('keys', 'create', locked)).toMatchObject({ code: 0 });
    delete env['SPINDLE_KEY_PASSPHRASE'];
    expect((await spindle('keys', 'show', locked)).stderr).toContain('passphrase does not open');
  });

  it('signs, and tells who has', async () => {
    const verify = (...more: string[]) => spindle('versions', 'verify', 'main', '--signature', ...more);
    expect(await verify('--public-key', pub)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('has not signed it') as string,
    });
    const signed = await spindle('versions', 'sign', 'main', '--key', file);
    expect(signed.stdout).toMatch(new RegExp(`^version ${two.slice(0, 12)} is signed by key [0-9a-f]{12}\n$`));
    expect((await spindle('versions', 'sign', 'main', '--key', file)).stdout).toContain('was signed before');
    expect(await verify('--public-key', pub)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('a good signature') as string,
    });
    const other = join(folder, 'locked.pub');
    expect(await verify('--public-key', other)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(
        /has not signed it\nalso signed by keys that were not given: [0-9a-f]{12}\n$/,
      ) as string,
    });
    expect((await verify('--public-key', pub, other)).stderr).toContain('not signed by 1 of 2 keys');
    env['SPINDLE_PUBLIC_KEY'] = readFileSync(pub, 'utf8');
    expect(await verify()).toMatchObject({ code: 0 });
    delete env['SPINDLE_PUBLIC_KEY'];
  });

  it('asks for keys where it needs them', async () => {
    expect((await spindle('versions', 'sign', 'main')).stderr).toContain('SPINDLE_SIGNING_KEY');
    expect(await spindle('versions', 'sign', 'main', '--key', pub)).toMatchObject({ code: 2 });
    expect((await spindle('versions', 'verify', '--signature')).stderr).toContain('a public key that you trust');
    expect(await spindle('versions', 'verify', '--signature', '--public-key', file)).toMatchObject({ code: 2 });
    writeFileSync(join(folder, 'junk'), 'junk');
    expect(await spindle('versions', 'sign', 'main', '--key', join(folder, 'junk'))).toMatchObject({ code: 2 });
  });

  it('walks the chain', async () => {
    const whole = await spindle('versions', 'verify', '--chain', '--public-key', pub);
    expect(whole).toMatchObject({ code: 0 });
    expect(whole.stdout).toMatch(new RegExp(`^${two.slice(0, 12)} +${one.slice(0, 12)} +2 +[0-9a-f]{12}$`, 'm'));
    expect(whole.stdout).toContain(`2 versions, whole to the first version, ${one.slice(0, 12)}\n`);
    const json = JSON.parse((await spindle('versions', 'verify', one, '--chain', '--contains', two, '--json')).stdout);
    expect(json).toMatchObject({
      signature: null,
      chain: { findings: [{ problem: 'not-an-ancestor', version: two }] },
    });
    expect(await spindle('versions', 'verify', '--chain', '--folder', folder)).toMatchObject({ code: 2 });
  });
});

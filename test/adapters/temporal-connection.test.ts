import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newRecord } from '../../core/review-record.ts';
import type { ReviewInput } from '../../core/review.ts';
import { ensureSearchAttributes, SEARCH_ATTRIBUTES } from '../../adapters/search-attributes.ts';
import { connectTemporal, nativeConnection } from '../../adapters/temporal-connection.ts';
import { startServers } from '../../infra/local/servers.ts';
import { taskAttributes } from '../../workflows/search-attributes.ts';
import { cleanEnvironment, temporaryHome } from '../infra/local-home.ts';

describe('connecting to a Temporal that the environment names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'spindle-temporal-'));
  const { home, remove } = temporaryHome();
  let address = '';

  beforeAll(async () => {
    const [, temporal] = await startServers(home, cleanEnvironment, ['temporal']);
    address = temporal!.address!;
  });
  afterAll(async () => {
    await remove();
    rmSync(folder, { recursive: true });
  });

  it('takes address and namespace from a configuration file', async () => {
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, `[profile.lab]\naddress = "${address}"\nnamespace = "spine"\n`);
    const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'lab' };
    const { connection, namespace } = await connectTemporal(env);
    expect(namespace).toBe('spine');
    await connection.close();
    const native = await nativeConnection({ ...env, TEMPORAL_NAMESPACE: 'default' });
    expect(native.namespace).toBe('default');
    await native.connection.close();
  });

  it('registers what a namespace lacks', async () => {
    const { connection } = await connectTemporal({ TEMPORAL_ADDRESS: address });
    const namespace = 'default';
    await connection.operatorService.removeSearchAttributes({ namespace, searchAttributes: ['SpindleDoubt'] });
    await ensureSearchAttributes(connection, namespace);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes)).toContain('SpindleDoubt');
    await connection.close();
  });

  it('refuses a file that is not there, and says when nobody answers', async () => {
    const missing = connectTemporal({ TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') });
    await expect(missing).rejects.toThrow(/TEMPORAL_CONFIG_FILE: expected a file that exists/);
    const unknown = connectTemporal({ TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml'), TEMPORAL_PROFILE: 'moon' });
    await expect(unknown).rejects.toMatchObject({ name: 'InvalidInputError' });
    await expect(connectTemporal({ TEMPORAL_ADDRESS: '127.0.0.1:1' })).rejects.toMatchObject({
      name: 'TemporalUnreachableError',
      message: expect.stringContaining('127.0.0.1:1'),
    });
  });
});

it('the search attributes are those that the workflows set, with their types', () => {
  const input = { task: 'spider/1/1_t1', kind: 'proposal', doubt: 0.5, expectedMinutes: 4 } as ReviewInput;
  const set = taskAttributes(input, newRecord(0)).map(({ key }) => [
    key.name,
    key.type.replaceAll('_', '').toLowerCase(),
  ]);
  expect(Object.fromEntries(set)).toEqual(
    Object.fromEntries(Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, type.toLowerCase()])),
  );
});

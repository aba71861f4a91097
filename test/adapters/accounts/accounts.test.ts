import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountRecords } from '../../../adapters/accounts/account-records.ts';
import { AuditLog } from '../../../adapters/accounts/audit-log.ts';
import { hashPassword, isPassword, SCRYPT_COST } from '../../../adapters/accounts/password.ts';
import { recordBytes } from '../../../adapters/accounts/records.ts';
import { sha256 } from '../../../adapters/volume.ts';
import { passwordFault } from '../../../core/accounts.ts';
import type { AuditPage } from '../../../core/audit.ts';
import { startTestStore, type TestStore } from '../../support/test-store.ts';
import { cheapAccounts, PASSWORD } from '../../web/people.ts';

let root: string;
let server: TestStore;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'spindle-accounts-'));
  server = await startTestStore(root);
});
afterAll(async () => {
  await server.stop();
  await rm(root, { recursive: true });
});

describe('passwords', () => {
  it('are known again under the real cost, in any Unicode form, and under no other', async () => {
    const hash = await hashPassword('Zoë walks home');
    expect(hash).toMatchObject({ kdf: 'scrypt', ...SCRYPT_COST });
    expect(await isPassword('Zoe\u0308 walks home', hash)).toBe(true); // e and a diaeresis of its own
    expect(await isPassword('Zoe walks home', hash)).toBe(false);
  });

  it('are none where there is no hash', async () => {
    expect(await isPassword('', null, { cost: 2, blockSize: 1, parallelism: 1 })).toBe(false);
  });

  it.each([
    ['elevenchars', /at least 12/],
    ['x'.repeat(257), /at most 256/],
    ['annannannann', /more than the name/],
    ['abababababab', /different characters/],
    [PASSWORD, null],
  ])('%s', (password, fault) => {
    if (fault === null) expect(passwordFault(password, 'ann')).toBeNull();
    else expect(passwordFault(password, 'ann')).toMatch(fault);
  });
});

describe('accounts on a real S3 server', () => {
  it('are made once, changed by several at a time without loss, and never told with their hash', async () => {
    const { bucket } = server.store;
    const accounts = cheapAccounts(bucket);
    const added = await Promise.allSettled([1, 2, 3].map(() => accounts.add('ann', 'annotator', PASSWORD, 'x')));
    expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(accounts.add('ann', 'admin', PASSWORD, 'x')).rejects.toThrow('an account "ann" already');
    await Promise.all([1, 2, 3, 4].map(() => accounts.endSessions('ann', 'x')));
    expect((await new AccountRecords(bucket).find('ann'))?.epoch).toBe(4);
    expect(await accounts.list()).toEqual([
      {
        name: 'ann',
        role: 'annotator',
        skills: [],
        disabled: false,
        signsIn: 'password',
        createdAt: expect.any(String),
      },
    ]);
  });

  it.each(['nobody', 'service', 'Ann', '../x', ''])('have no name %j', async (name) => {
    await expect(cheapAccounts(server.store.bucket).add(name, 'lead', PASSWORD, 'x')).rejects.toThrow('account: name');
  });

  it('are not made up', async () => {
    const accounts = cheapAccounts(server.store.bucket);
    await expect(accounts.setRole('bob', 'lead', 'x')).rejects.toThrow('no account "bob"');
    await expect(accounts.makeToken('bob', { label: '', days: 1 }, 'x')).rejects.toThrow('no account "bob"');
  });
});

describe('the audit log on a real S3 server', () => {
  const entry = (note: string) =>
    ({ at: '2026-11-25T10:00:00.000Z', who: 'ann', action: 'claim', subject: 's', note }) as const;
  const notes = async (log: AuditLog) => {
    const found: string[] = [];
    for await (const page of log.backwards()) found.unshift(...page.entries.map(({ note }) => note));
    return found;
  };

  it('keeps everything that several processes write at once, in one chain', async () => {
    const bucket = server.store.bucket;
    const before = (await new AuditLog(bucket).verify()).entries;
    const logs = [new AuditLog(bucket), new AuditLog(bucket), new AuditLog(bucket)];
    const all = logs.flatMap((log, at) => [1, 2, 3, 4, 5].map((each) => ({ log, note: `${at}-${each}` })));
    await Promise.all(all.map(({ log, note }) => log.append(entry(note))));
    const { entries, pages, breaks, head } = await new AuditLog(bucket).verify();
    expect([entries - before, breaks]).toEqual([15, []]);
    expect(pages).toBeLessThan(before + 15); // what waited went together
    expect(head?.number).toBe(pages);
    expect((await notes(new AuditLog(bucket))).slice(before).toSorted()).toEqual(
      all.map(({ note }) => note).toSorted(),
    );
  });

  it('shows where it was changed or cut', async () => {
    const bucket = server.store.bucket;
    const log = new AuditLog(bucket);
    for (const note of ['one', 'two', 'three', 'four']) await log.append(entry(note));
    const { pages } = await log.verify();
    const key = (number: number) => `audit/${String(number).padStart(10, '0')}.json`;
    const third = (await bucket.read(key(pages - 1)))!.bytes;
    const page = JSON.parse(Buffer.from(third).toString()) as AuditPage;
    expect(page.previous).toBe(sha256((await bucket.read(key(pages - 2)))!.bytes));
    const forged = { ...page, entries: [{ ...page.entries[0]!, who: 'bob' }] };
    await bucket.write(key(pages - 1), recordBytes(forged), 'any');
    expect((await log.verify()).breaks).toEqual([
      { number: pages, why: 'the page before is not the one that it names' },
    ]);
    await bucket.write(key(pages - 1), third, 'any');
    expect((await log.verify()).breaks).toEqual([]);
    await bucket.delete([key(pages - 1)]);
    expect((await log.verify()).breaks).toEqual([{ number: pages - 1, why: 'the page is missing' }]);
  });
});

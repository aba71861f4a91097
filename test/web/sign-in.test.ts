import type { FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SERVICE } from '../../core/audit.ts';
import type { createWebServer } from '../../web/server.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { FakeTasks, type FakeTask } from './fake-tasks.ts';
import { cookieOf, PASSWORD, pageRequest, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const TASK = 'phantom/2/11_t1';
const HOUR_MS = 3_600_000;

let records: MemoryRecords;
let server: FastifyInstance;
let sample: FakeTask;

const serverOn = (bucket: MemoryRecords, extra: Partial<Parameters<typeof createWebServer>[0]> = {}) =>
  accountServer({
    tasks: new FakeTasks([sample]),
    records: bucket,
    ...extra,
  });

beforeEach(async () => {
  vi.useRealTimers();
  sample ??= await sampleTask(TASK, SAMPLE_GRIDS.sagittal);
  records = new MemoryRecords();
  await people(records, { ann: 'annotator', leo: 'lead' });
  server = serverOn(records);
});

const signIn = (payload: object, headers: Record<string, string> = {}) =>
  server.inject({ method: 'POST', url: '/api/session', payload, headers });
const whoIs = async (cookie: string, on = server) =>
  (await on.inject({ url: '/api/session', headers: { cookie } })).json().session;
const listed = async (headers: Record<string, string>) =>
  (await server.inject({ url: '/api/tasks', headers })).statusCode;

describe('signing in by name and password', () => {
  it('gives a cookie out of the reach of scripts and other sites, and says who one is', async () => {
    const answer = await signIn({ name: 'ann', password: PASSWORD });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      session: {
        name: 'ann',
        role: 'annotator',
        rights: ['look', 'review'],
        skills: [],
        expiresAt: expect.any(String),
      },
    });
    expect(answer.headers['set-cookie']).toMatch(
      /^spindle-session-80=ann\.[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(await whoIs(await cookieOf(server, 'ann'))).toMatchObject({ name: 'ann', role: 'annotator' });
    expect((await server.inject('/api/session')).json()).toEqual({ session: null, ways: ['password'] });
  });

  it('stores neither the password nor what opens the session', async () => {
    const cookie = await cookieOf(server, 'ann');
    const secret = cookie.slice(cookie.lastIndexOf('.') + 1);
    const stored = [...records.objects].map(([key, bytes]) => key + Buffer.from(bytes).toString()).join('\n');
    expect(stored).toContain('spindle.session/1');
    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(PASSWORD);
  });

  it('says the same of a wrong password, an unknown name and a disabled account', async () => {
    const accounts = await people(records, { bob: 'radiologist' });
    await accounts.disable('bob', 'command-line/test');
    const refusals = await Promise.all([
      signIn({ name: 'ann', password: `${PASSWORD}!` }),
      signIn({ name: 'nobody-here', password: PASSWORD }),
      signIn({ name: '../../refs', password: PASSWORD }),
      signIn({ name: 'bob', password: PASSWORD }),
    ]);
    expect(new Set(refusals.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(refusals[0].statusCode).toBe(401);
    expect(refusals[0].json().type).toBe('urn:spindle:problem:sign-in-refused');
    expect(refusals[0].headers['set-cookie']).toBeUndefined();
  });

  it('makes whoever guesses wait, longer each time, and nobody else', async () => {
    const guess = async (name: string) => (await signIn({ name, password: 'wrong' })).statusCode;
    for (let tries = 0; tries < 5; tries++) expect(await guess('ann')).toBe(401);
    const braked = await signIn({ name: 'ann', password: PASSWORD });
    expect([braked.statusCode, braked.headers['retry-after']]).toEqual([429, '2']);
    expect(await guess('leo')).toBe(401);
    for (let tries = 0; tries < 6; tries++) await guess('who-is-this');
    expect(await guess('who-is-this')).toBe(429); // a name without an account is no different
  });

  it('takes only so many tries from one address', async () => {
    server = serverOn(records, { limits: { signIns: 3 } });
    const names = ['a', 'b', 'c', 'd'].map((name) => signIn({ name, password: 'wrong' }));
    expect((await Promise.all(names)).map(({ statusCode }) => statusCode)).toEqual([401, 401, 401, 429]);
  });

  it('binds the cookie to the host where the page is reached by https', async () => {
    server = serverOn(records, { publicOrigin: 'https://spindle.example.org' });
    const host = 'spindle.example.org';
    const answer = await signIn({ name: 'ann', password: PASSWORD }, { host });
    expect(answer.headers['set-cookie']).toMatch(/^__Host-spindle-session=.*; HttpOnly; Secure; SameSite=Strict$/);
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await signIn({ name: 'ann', password: PASSWORD }, { host: 'spindle.example.com' })).statusCode).toBe(421);
  });
});

describe('a session', () => {
  it('outlives a restart of the server, and ends by signing out', async () => {
    const cookie = await cookieOf(server, 'ann');
    const restarted = serverOn(records);
    expect(await whoIs(cookie, restarted)).toMatchObject({ name: 'ann' });
    const out = await restarted.inject(pageRequest(cookie, { method: 'DELETE', url: '/api/session' }));
    expect([out.statusCode, out.cookies[0]?.value]).toEqual([204, '']);
    expect(await whoIs(cookie, restarted)).toBeNull();
    expect(await whoIs(cookie)).toBeNull();
    expect(await listed({ cookie })).toBe(401);
  });

  it('ends after twelve hours without use, later with use, and after a week in any case', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const [used, unused] = [await cookieOf(server, 'ann'), await cookieOf(server, 'ann')];
    const begun = Date.now();
    for (let hours = 11; hours <= 7 * 24; hours += 11) {
      vi.setSystemTime(begun + hours * HOUR_MS - 1);
      expect(await whoIs(used), `${hours} h`).not.toBeNull();
      if (hours > 12) expect(await whoIs(unused), `${hours} h`).toBeNull();
    }
    vi.setSystemTime(begun + 7 * 24 * HOUR_MS + 1);
    expect(await whoIs(used)).toBeNull();
  });

  it('ends within moments when the account is disabled, gets another password, or is signed out', async () => {
    const accounts = await people(records, { bob: 'radiologist' });
    const changes = [
      () => accounts.disable('bob', 'command-line/test'),
      () => accounts.setPassword('bob', 'another quiet river', 'command-line/test'),
      () => accounts.endSessions('bob', 'command-line/test'),
    ];
    let password = PASSWORD;
    for (const change of changes) {
      await accounts.enable('bob', 'command-line/test');
      const cookie = await cookieOf(server, 'bob', password);
      expect(await whoIs(cookie)).toMatchObject({ name: 'bob' });
      await change();
      expect(await whoIs(cookie, serverOn(records))).toBeNull(); // another process has nothing to forget
      if (change === changes[1]) password = 'another quiet river';
    }
    // This one believes what it looked up, but not for long.
    vi.useFakeTimers({ toFake: ['Date'] });
    const cookie = await cookieOf(server, 'bob', password);
    await whoIs(cookie);
    await accounts.disable('bob', 'command-line/test');
    vi.setSystemTime(Date.now() + 5_001);
    expect(await whoIs(cookie)).toBeNull();
  });

  it('changes what it may do with the role', async () => {
    const accounts = await people(records, {});
    const cookie = await cookieOf(server, 'ann');
    const board = async (on: FastifyInstance) =>
      (await on.inject({ url: '/api/datasets/phantom', headers: { cookie } })).statusCode;
    expect(await board(server)).toBe(403);
    await accounts.setRole('ann', 'engineer', 'command-line/test');
    expect(await board(serverOn(records))).toBe(200);
  });

  it('is not to be had from another one by changing the name', async () => {
    const cookie = await cookieOf(server, 'ann');
    expect(await listed({ cookie: cookie.replace('=ann.', '=leo.') })).toBe(401);
    expect(await listed({ cookie: `${cookie}x` })).toBe(401);
  });

  it('does not seem to have ended while the store is away', async () => {
    const cookie = await cookieOf(server, 'ann');
    const other = serverOn(records);
    records.fault = Object.assign(new Error('no answer'), { code: 'ECONNREFUSED' });
    const away = await other.inject({ url: '/api/tasks', headers: { cookie } });
    expect([away.statusCode, away.json().type]).toEqual([503, 'urn:spindle:problem:outage']);
    records.fault = null;
    expect(await whoIs(cookie, other)).toMatchObject({ name: 'ann' });
  });
});

describe('a page of another site', () => {
  const claim = { method: 'POST', url: `/api/tasks/${TASK}/claim`, payload: {} } as const;

  it('can change nothing with the cookie', async () => {
    const cookie = await cookieOf(server, 'ann');
    const refused = [
      { cookie },
      { cookie, 'x-spindle-page': '1', origin: 'https://evil.example' },
      { cookie, 'x-spindle-page': '1', origin: 'null' },
      { cookie, 'x-spindle-page': '1', origin: 'http://localhost:8080' },
      { cookie, 'x-spindle-page': '1', 'sec-fetch-site': 'cross-site' },
      { cookie, 'x-spindle-page': '1', 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of refused) {
      const answer = await server.inject({ ...claim, headers });
      expect([answer.statusCode, answer.json().type]).toEqual([403, 'urn:spindle:problem:cross-site']);
    }
    const own = { origin: 'http://localhost', host: 'localhost', 'sec-fetch-site': 'same-origin' };
    expect((await server.inject(pageRequest(cookie, { ...claim, headers: own }))).statusCode).toBe(200);
  });

  it('can sign nobody in or out', async () => {
    const cookie = await cookieOf(server, 'ann');
    const headers = { origin: 'https://evil.example' };
    expect((await signIn({ name: 'ann', password: PASSWORD }, headers)).statusCode).toBe(403);
    const out = await server.inject(pageRequest(cookie, { method: 'DELETE', url: '/api/session', headers }));
    expect(out.statusCode).toBe(403);
    expect(await whoIs(cookie)).not.toBeNull();
  });
});

describe('a page that works for somebody', () => {
  it('does nothing more when somebody else has signed in in the same browser', async () => {
    const cookie = await cookieOf(server, 'leo');
    const asks = (name: string) => server.inject({ url: '/api/tasks', headers: { cookie, 'x-spindle-page': name } });
    expect((await asks('leo')).statusCode).toBe(200);
    expect((await asks('ann')).statusCode).toBe(401);
    expect((await asks('service')).statusCode).toBe(401);
  });
});

describe('the reviewer of a request', () => {
  const claim = (headers: Record<string, string>, payload: object) =>
    server.inject({ method: 'POST', url: `/api/tasks/${TASK}/claim`, payload, headers });

  it('is whoever is signed in, and nobody else', async () => {
    const headers = { cookie: await cookieOf(server, 'ann'), 'x-spindle-page': '1' };
    const forged = await claim(headers, { reviewer: 'leo' });
    expect([forged.statusCode, forged.json().type]).toEqual([403, 'urn:spindle:problem:reviewer']);
    expect((await claim(headers, {})).json()).toMatchObject({ state: 'claimed', reviewer: 'ann' });
    const submit = (reviewer?: string) =>
      server.inject({
        method: 'POST',
        url: `/api/tasks/${TASK}/submit`,
        headers,
        payload: { reviewer, baseDigest: sample.input.proposal.digest, minutes: 1, verdict: { verdict: 'accept' } },
      });
    expect((await submit('leo')).statusCode).toBe(403);
    expect((await submit()).json().outcome).toBe('accepted');
  });

  it('is whom the access token names, and it has to name one', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await claim(headers, {})).statusCode).toBe(400);
    expect((await claim(headers, { reviewer: 'simulated-anna' })).json().reviewer).toBe('simulated-anna');
  });
});

describe('tokens for programs', () => {
  it('come from a sign-in or the command line, act as the person, and need no page', async () => {
    const answer = await signIn({ name: 'ann', password: PASSWORD, token: true, label: '3D Slicer' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    const accounts = await people(records, {});
    const made = await accounts.makeToken('ann', { label: 'Slicer', days: 30 }, 'command-line/test');
    for (const token of [answer.json().token as string, made.token]) {
      const headers = { authorization: `Bearer ${token}` };
      const claimed = await server.inject({ method: 'POST', url: `/api/tasks/${TASK}/claim`, payload: {}, headers });
      expect(claimed.json()).toMatchObject({ reviewer: 'ann' });
      await server.inject({ method: 'DELETE', url: '/api/session', headers });
      expect(await listed(headers)).toBe(401);
    }
  });
});

describe('the access token', () => {
  it('opens the page for one person on their own machine, until it is another token', async () => {
    const answer = await signIn({ accessToken: TOKEN });
    expect(answer.json().session).toMatchObject({ name: null, role: 'admin' });
    const cookie = `${answer.cookies[0]!.name}=${answer.cookies[0]!.value}`;
    expect(answer.cookies[0]!.value.startsWith(`${SERVICE}.`)).toBe(true);
    expect(await listed({ cookie })).toBe(200);
    expect(await whoIs(cookie, serverOn(records, { token: 'another-long-token' }))).toBeNull();
    expect((await signIn({ accessToken: `${TOKEN}x` })).statusCode).toBe(401);
  });
});

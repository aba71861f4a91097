import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountRecords } from '../../adapters/accounts/account-records.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { OpenidIssuer } from '../support/openid-issuer.ts';
import { accountServer } from './account-server.ts';
import { FakeTasks } from './fake-tasks.ts';
import { people } from './people.ts';

const issuer = new OpenidIssuer();
let records: MemoryRecords;
let server: FastifyInstance;

beforeAll(() => issuer.start());
afterAll(() => issuer.stop());
beforeEach(() => {
  records = new MemoryRecords();
  issuer.next = { claims: { preferred_username: 'Ann.Smith@example.org', groups: ['staff', 'readers'] } };
  server = accountServer({
    tasks: new FakeTasks([]),
    records,
    oidc: {
      issuer: issuer.issuer,
      clientId: issuer.client.id,
      clientSecret: issuer.client.secret,
      roles: [
        { group: 'heads', role: 'lead' },
        { group: 'readers', role: 'radiologist' },
      ],
      groupsClaim: 'groups',
      nameClaim: 'preferred_username',
    },
  });
});

/** Goes to the provider and comes back, as a browser does. `pending`: the cookie it brings, if not its own. */
async function roundTrip(pending?: string) {
  const away = await server.inject('/api/session/oidc');
  const [kept] = away.cookies;
  const there = await fetch(away.headers.location!, { redirect: 'manual' });
  const back = new URL(there.headers.get('location')!);
  const cookie = pending ?? `${kept!.name}=${kept!.value}`;
  const answer = await server.inject({ url: back.pathname + back.search, headers: { cookie } });
  const session = answer.cookies.find(({ name }) => name.startsWith('spindle-session'));
  return { away, kept: kept!, back, answer, to: answer.headers.location, session };
}

async function whoIs(session: { name: string; value: string } | undefined) {
  const cookie = `${session!.name}=${session!.value}`;
  return (await server.inject({ url: '/api/session', headers: { cookie } })).json().session;
}

describe('signing in at an OpenID provider', () => {
  it('sends there with PKCE, state and nonce, and comes back with an account and its role', async () => {
    expect((await server.inject('/api/session')).json().ways).toEqual(['password', 'oidc']);
    const { away, kept, to, session } = await roundTrip();
    const asked = new URL(away.headers.location!).searchParams;
    expect(asked.get('code_challenge_method')).toBe('S256');
    for (const name of ['code_challenge', 'state', 'nonce']) expect(asked.get(name)!.length).toBeGreaterThan(20);
    expect(asked.get('redirect_uri')).toBe('http://localhost/api/session/oidc/callback');
    expect(kept).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/api/session/oidc' });
    expect(to).toBe('/');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    expect(await whoIs(session)).toMatchObject({ name: 'ann.smith', role: 'radiologist' });
    expect(await new AccountRecords(records).find('ann.smith')).toMatchObject({
      password: null,
      identity: { issuer: issuer.issuer, subject: 'subject-1' },
    });
  });

  it('takes the role anew each time, the first group that has one', async () => {
    await roundTrip();
    issuer.next.claims['groups'] = ['readers', 'heads'];
    expect(await whoIs((await roundTrip()).session)).toMatchObject({ name: 'ann.smith', role: 'lead' });
    issuer.next.claims['groups'] = ['staff'];
    const { to, session } = await roundTrip();
    expect([to, session]).toEqual(['/#refused=no-role', undefined]);
  });

  it('lets nobody take a name that is another person’s here', async () => {
    await people(records, { 'ann.smith': 'admin' });
    const local = await roundTrip();
    expect([local.to, local.session]).toEqual(['/#refused=taken', undefined]);
    issuer.next.claims['preferred_username'] = 'bob';
    await roundTrip();
    issuer.next.claims['sub'] = 'subject-2';
    expect((await roundTrip()).to).toBe('/#refused=taken');
  });

  it('keeps out whose account is disabled, and who has no name', async () => {
    await roundTrip();
    await (await people(records, {})).disable('ann.smith', 'command-line/test');
    expect((await roundTrip()).to).toBe('/#refused=disabled');
    issuer.next.claims['preferred_username'] = '###';
    expect((await roundTrip()).to).toBe('/#refused=no-name');
  });

  it.each([
    ['another nonce', { claims: { nonce: 'another' } }],
    ['another audience', { claims: { aud: 'another' } }],
    ['another issuer', { claims: { iss: 'http://127.0.0.1:1' } }],
    ['an end in the past', { claims: { exp: 1_000_000_000 } }],
    ['another signature', { claims: {}, forged: true }],
  ])('refuses a token with %s', async (_, { claims, ...rest }) => {
    issuer.next = { claims: { ...issuer.next.claims, ...claims }, ...rest };
    const { to, session } = await roundTrip();
    expect([to, session]).toEqual(['/#refused=failed', undefined]);
  });

  it('refuses a way back that this browser did not begin, and one that was gone already', async () => {
    const first = await roundTrip();
    expect((await roundTrip(`${first.kept.name}=${first.kept.value}`)).to).toBe('/#refused=failed');
    expect((await roundTrip('other=1')).to).toBe('/#refused=failed');
    const again = await server.inject({
      url: first.back.pathname + first.back.search,
      headers: { cookie: `${first.kept.name}=${first.kept.value}` },
    });
    expect(again.headers.location).toBe('/#refused=failed');
  });
});

import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MOST_WAITING, withReport } from '../../core/erratum-report.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { FakeErrata } from './fake-errata.ts';
import { FakeTasks } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';

const SAID = { series: '2_t2', label: 203, text: 'swallowed by the vertebra', release: '1.0.0' };

let desk: FakeErrata;
let records: MemoryRecords;
let server: FastifyInstance;
beforeEach(async () => {
  [desk, records] = [new FakeErrata(), new MemoryRecords()];
  await people(records, { leo: 'lead', ann: 'annotator' });
  server = accountServer({ tasks: new FakeTasks([]), records, errata: desk, limits: { reports: 4 } });
});
afterEach(() => server.close());

const report = (payload: object | string = SAID, more: Partial<InjectOptions> = {}, dataset = 'phantom') =>
  server.inject({ method: 'POST', url: `/api/errata/${dataset}`, payload, ...more });

describe('reporting an error', () => {
  it('needs no account, and answers when the report is stored', async () => {
    const answer = await report();
    expect(answer.statusCode).toBe(202);
    const [stored] = desk.box.reports;
    expect(stored).toMatchObject({ ...SAID, state: 'waiting' });
    expect(answer.json()).toEqual({ id: stored!.id, state: 'waiting', version: null, reason: null });
    const receipt = await server.inject(`/api/errata/phantom/${stored!.id}`);
    expect(receipt.json()).toEqual(answer.json());
    expect((await server.inject('/api/errata')).json()).toEqual({
      datasets: [{ dataset: 'phantom', release: '1.0.0' }],
    });
  });

  it('says the same of every series, there or not: it does not tell who is hidden', async () => {
    const answers = await Promise.all(['2_t2', '999_t1'].map((series) => report({ ...SAID, series })));
    const [one, other] = answers.map((answer) => ({ ...answer.json<object>(), id: '' }));
    expect(one).toEqual(other);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
  });

  it('says that it is not stored while it is not', async () => {
    desk.isOut = true;
    expect((await report()).json()).toMatchObject({ type: 'urn:spindle:problem:outage', status: 503 });
    expect(desk.box.reports).toEqual([]);
  });

  it.each([
    ['another label', { ...SAID, label: 301 }],
    ['an address in the text', { ...SAID, text: 'ask ann@example.org' }],
    ['a field more', { ...SAID, patient: '2' }],
    ['no series', { text: SAID.text }],
  ])('refuses %s', async (_, said) => {
    const answer = await report(said);
    expect([answer.statusCode, answer.json<{ type: string }>().type]).toEqual([
      400,
      'urn:spindle:problem:invalid-input',
    ]);
    expect(answer.body).not.toContain('example.org');
    expect(desk.box.reports).toEqual([]);
  });

  it('refuses a body that is too large, that is no JSON, and one from another site', async () => {
    expect((await report({ ...SAID, reporter: 'x'.repeat(9000) })).statusCode).toBe(413);
    const form = { headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    expect((await report('series=2_t2', form)).statusCode).toBe(415);
    const foreign = await report(SAID, { headers: { origin: 'https://elsewhere.example' } });
    expect(foreign.json()).toMatchObject({ status: 403, type: 'urn:spindle:problem:cross-site' });
    expect(desk.box.reports).toEqual([]);
  });

  it('refuses too many from one address', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 6; n++) statuses.push((await report({ ...SAID, text: `said ${n} times` })).statusCode);
    expect(statuses).toEqual([202, 202, 202, 202, 429, 429]);
    expect(desk.box.reports).toHaveLength(4);
  });

  it('refuses more than a lead can look at', async () => {
    for (let n = 0; n < MOST_WAITING; n++) {
      desk.box = withReport(desk.box, n.toString(16).padStart(12, '0'), { ...SAID, text: `said ${n}` }, '');
    }
    const answer = await report();
    expect(answer.json()).toMatchObject({ status: 503, type: 'urn:spindle:problem:reports-full' });
    expect(answer.headers['retry-after']).toBe('86400');
  });

  it('knows no dataset without a release, but for whoever is signed in', async () => {
    desk.opened = [];
    const [unreleased, unknown] = await Promise.all([report(), report(SAID, {}, 'nowhere')]);
    expect([unreleased.statusCode, unknown.statusCode]).toEqual([404, 404]);
    expect(unreleased.body.replaceAll('phantom', 'nowhere')).toBe(unknown.body);
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await report(SAID, { headers })).statusCode).toBe(202);
    expect((await report(SAID, { headers }, 'nowhere')).statusCode).toBe(404);
  });
});

describe('what a lead makes of reports', () => {
  const asked = async (name: string, options: InjectOptions) =>
    server.inject(pageRequest(await cookieOf(server, name), options));
  const decide = (name: string, id: string, how: string, payload: object = {}) =>
    asked(name, { method: 'POST', url: `/api/datasets/phantom/errata/${id}/${how}`, payload });

  it('accepts one, which makes an erratum, by the account alone', async () => {
    const { id } = (await report()).json<{ id: string }>();
    expect((await decide('ann', id, 'accept')).statusCode).toBe(403);
    expect((await decide('leo', id, 'accept', { reviewer: 'ann' })).statusCode).toBe(403);
    const answer = await decide('leo', id, 'accept');
    expect(answer.json()).toMatchObject({
      report: { state: 'accepted', by: 'leo' },
      erratum: { series: '2_t2', task: 'phantom/90001/2_t2' },
      releaseUnknown: false,
    });
    const list = await asked('leo', { url: '/api/datasets/phantom/errata' });
    expect(list.json()).toMatchObject({ reports: [{ id, state: 'accepted' }], errata: [{ id: 'e'.repeat(12) }] });
    expect((await server.inject(`/api/errata/phantom/${id}`)).json()).toMatchObject({ state: 'in-review' });
    expect((await decide('leo', id, 'dismiss', { reason: 'too late' })).json()).toMatchObject({
      status: 409,
      type: 'urn:spindle:problem:report-settled',
    });
    const { entries } = (await asked('leo', { url: '/api/audit-log' })).json<{ entries: object[] }>();
    expect(entries).toContainEqual(
      expect.objectContaining({ who: 'leo', action: 'erratum', subject: `phantom/errata/${id}` }),
    );
  });

  it('dismisses one, and whoever sent it is told why', async () => {
    const { id } = (await report()).json<{ id: string }>();
    expect((await decide('leo', id, 'dismiss')).statusCode).toBe(400);
    expect((await decide('leo', id, 'dismiss', { reason: 'ask bo@example.org' })).statusCode).toBe(400);
    expect((await decide('leo', id, 'dismiss', { reason: 'a matter of taste' })).statusCode).toBe(200);
    expect((await server.inject(`/api/errata/phantom/${id}`)).json()).toMatchObject({
      state: 'dismissed',
      reason: 'a matter of taste',
    });
    expect((await decide('leo', 'f'.repeat(12), 'dismiss', { reason: 'unknown' })).statusCode).toBe(404);
  });
});

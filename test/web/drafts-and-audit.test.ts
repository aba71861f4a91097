import type { FastifyInstance, InjectOptions } from 'fastify';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../adapters/volume.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer } from './account-server.ts';
import { FakeTasks, type FakeTask } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const TASK = 'phantom/2/11_t1';
const OTHER = 'phantom/2/12_t2';

let samples: FakeTask[];
let records: MemoryRecords;
let tasks: FakeTasks;
let server: FastifyInstance;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  samples = await Promise.all([TASK, OTHER].map((task) => sampleTask(task, SAMPLE_GRIDS.sagittal)));
});
beforeEach(async () => {
  records = new MemoryRecords();
  await people(records, { ann: 'annotator', bob: 'radiologist', leo: 'lead' });
  tasks = new FakeTasks(samples);
  server = serverNow();
  for (const name of ['ann', 'bob', 'leo']) cookies[name] = await cookieOf(server, name);
});

function serverNow(): FastifyInstance {
  return accountServer({
    tasks,
    records,
  });
}

const as = (name: string, options: InjectOptions) => server.inject(pageRequest(cookies[name]!, options));
const base = () => samples[0]!.input.proposal.digest;

function putDraft(name: string, mask: Uint8Array, extra = '', task = TASK) {
  const url = `/api/tasks/${task}/draft?baseDigest=${base()}&minutes=2.5${extra}`;
  return as(name, {
    method: 'PUT',
    url,
    payload: Buffer.from(mask),
    headers: { 'content-type': 'application/octet-stream' },
  });
}
const getDraft = (name: string, extra = '') => as(name, { url: `/api/tasks/${TASK}/draft${extra}` });
const submit = (name: string, verdict: object, headers: Record<string, string> = {}, task = TASK) =>
  as(name, {
    method: 'POST',
    url: `/api/tasks/${task}/submit`,
    headers,
    payload: { baseDigest: base(), minutes: 3, verdict },
  });
const claim = (name: string, task = TASK) => as(name, { method: 'POST', url: `/api/tasks/${task}/claim`, payload: {} });

describe('drafts', () => {
  it('come back as they were, elsewhere and after a restart, each to its author alone', async () => {
    const mask = samples[0]!.proposal;
    expect((await putDraft('ann', mask)).json()).toMatchObject({ reviewer: 'ann', minutes: 2.5, baseDigest: base() });
    server = serverNow();
    const draft = (await getDraft('ann')).json();
    expect(draft).toMatchObject({ task: TASK, mask: { digest: sha256(mask), bytes: mask.length } });
    expect(sha256((await getDraft('ann', '/mask.mha')).rawPayload)).toBe(sha256(mask));
    // Nobody gets at another's, whatever the role.
    for (const url of ['', '/mask.mha']) expect((await getDraft('leo', url)).statusCode).toBe(404);
    expect((await getDraft('leo', '?reviewer=ann')).json().type).toBe('urn:spindle:problem:reviewer');
    expect((await getDraft('leo', '/mask.mha?reviewer=ann')).statusCode).toBe(403);
    expect((await putDraft('leo', mask, '&reviewer=ann')).statusCode).toBe(403);
  });

  it('keep the newest mask only, until it is forgotten', async () => {
    await putDraft('ann', samples[0]!.proposal);
    await putDraft('ann', samples[0]!.image);
    const stored = [...records.objects.keys()].filter((key) => key.startsWith('drafts/')).toSorted();
    expect(stored).toEqual([`drafts/${TASK}/ann/${sha256(samples[0]!.image)}`, `drafts/${TASK}/ann/latest.json`]);
    expect((await as('ann', { method: 'DELETE', url: `/api/tasks/${TASK}/draft` })).statusCode).toBe(204);
    expect([...records.objects.keys()].filter((key) => key.startsWith('drafts/'))).toEqual([]);
    expect((await getDraft('ann')).json().type).toBe('urn:spindle:problem:no-such-draft');
  });

  it('are kept though the claim has lapsed or is another’s, and go with the verdict', async () => {
    await claim('ann');
    await putDraft('ann', samples[0]!.proposal);
    tasks.takenBy(TASK, 'bob');
    expect((await putDraft('ann', samples[0]!.proposal)).statusCode).toBe(200);
    await submit('bob', { verdict: 'accept' });
    expect((await getDraft('ann')).statusCode).toBe(200); // bob's verdict is not ann's to lose by
    const late = await putDraft('ann', samples[0]!.proposal);
    expect([late.statusCode, late.json().type]).toEqual([409, 'urn:spindle:problem:task-conflict']);
  });

  it('refuse junk, a forged task and another media type', async () => {
    expect((await putDraft('ann', Buffer.from('junk'))).statusCode).toBe(400);
    expect((await putDraft('ann', samples[0]!.proposal, '', 'phantom/9/99_t1')).statusCode).toBe(404);
    expect((await putDraft('ann', samples[0]!.proposal, '', 'phantom/2/..%2f..%2fobjects')).statusCode).toBe(400);
    const huge = { 'content-type': 'application/octet-stream', 'content-length': String(300 * 1024 * 1024) };
    const url = `/api/tasks/${TASK}/draft?baseDigest=${base()}&minutes=1`;
    const refused = await as('ann', { method: 'PUT', url, payload: Buffer.alloc(1), headers: huge });
    expect([refused.statusCode, refused.json().type]).toEqual([413, 'urn:spindle:problem:too-large']);
    expect([...records.objects.keys()].filter((key) => key.startsWith('drafts/'))).toEqual([]);
  });
});

describe('an idempotency key', () => {
  const key = (value: string) => ({ 'idempotency-key': value });

  it('gives the first answer again, and is refused for another verdict', async () => {
    await claim('ann');
    const first = await submit('ann', { verdict: 'accept' }, key('k-1'));
    expect([first.statusCode, first.headers['idempotent-replayed']]).toEqual([200, undefined]);
    server = serverNow(); // the key outlives the server
    const again = await submit('ann', { verdict: 'accept' }, key('k-1'));
    expect([again.json(), again.headers['idempotent-replayed']]).toEqual([first.json(), 'true']);
    expect(tasks.submissions).toHaveLength(1);
    const other = await submit('ann', { verdict: 'exclude', reason: 'implant' }, key('k-1'));
    expect([other.statusCode, other.json().type]).toEqual([422, 'urn:spindle:problem:idempotency-key']);
    expect((await submit('ann', { verdict: 'accept' }, key('x'.repeat(201)))).statusCode).toBe(400);
  });

  it('is each person’s own, and does not keep a fault', async () => {
    const conflict = await submit('ann', { verdict: 'accept' }, key('k-2'));
    expect(conflict.statusCode).toBe(409); // not claimed yet
    await claim('ann');
    expect((await submit('ann', { verdict: 'accept' }, key('k-2'))).json().outcome).toBe('accepted');
    await claim('bob', OTHER);
    const bobs = await submit('bob', { verdict: 'exclude', reason: 'implant' }, key('k-2'), OTHER);
    expect(bobs.headers['idempotent-replayed']).toBeUndefined();
  });
});

describe('the audit log', () => {
  it('tells leads who did what on which task, newest first, a renewed claim once', async () => {
    await claim('ann');
    await claim('ann');
    await submit('ann', { verdict: 'accept' });
    const all = (await as('leo', { url: '/api/audit-log' })).json();
    const told = all.entries.map(({ who, action, subject, note }: Record<string, string>) => [
      who,
      action,
      subject,
      note,
    ]);
    expect(told.slice(0, 2)).toEqual([
      ['ann', 'submit', TASK, 'accept → accepted'],
      ['ann', 'claim', TASK, ''],
    ]);
    expect(told.filter(([, action]: string[]) => action === 'claim')).toHaveLength(1);
    expect(told.map(([, action]: string[]) => action)).toContain('sign-in');
    expect(all.next).toBeNull();
  });

  it('is read page by page', async () => {
    const seen: string[] = [];
    for (let before: number | null = null, rounds = 0; rounds < 20; rounds++) {
      const url: string = `/api/audit-log?limit=2${before === null ? '' : `&before=${before}`}`;
      const { entries, next } = (await as('leo', { url })).json();
      seen.push(...entries.map(({ page, subject }: { page: number; subject: string }) => `${page} ${subject}`));
      before = next;
      if (next === null) break;
    }
    // Three accounts made and three people signed in, nothing twice and nothing left out.
    expect(seen.toReversed()).toEqual([
      '1 accounts/ann',
      '2 accounts/bob',
      '3 accounts/leo',
      '4 accounts/ann',
      '5 accounts/bob',
      '6 accounts/leo',
    ]);
  });

  it('keeps a claim from being answered when it can’t be written', async () => {
    await claim('ann', OTHER); // whose session is known from here on
    const write = records.write.bind(records);
    records.write = async (name, ...rest) => {
      if (name.startsWith('audit/')) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      return write(name, ...rest);
    };
    expect((await claim('ann')).statusCode).toBe(503);
    records.write = write;
    expect((await claim('ann')).statusCode).toBe(200);
    const { entries } = (await as('leo', { url: '/api/audit-log?limit=1' })).json();
    expect(entries[0]).toMatchObject({ who: 'ann', action: 'claim', subject: TASK });
  });
});

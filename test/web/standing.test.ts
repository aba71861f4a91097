import type { FastifyInstance, InjectOptions } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../core/roles.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer } from './account-server.ts';
import { FakeTasks } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const SECOND = 'phantom/2/11_t1';
const DECIDED = 'phantom/2/12_t2';
const SKILLED = 'phantom/2/13_t2';
const ROLES: Record<string, Role> = {
  ann: 'annotator',
  bob: 'annotator',
  sue: 'annotator',
  sam: 'radiologist',
  leo: 'lead',
};

let server: FastifyInstance;
const cookies: Record<string, string> = {};

beforeEach(async () => {
  const records = new MemoryRecords();
  const accounts = await people(records, ROLES);
  await accounts.setSkills('sue', ['scoliosis'], 'command-line/test');
  const [second, decided, skilled] = await Promise.all(
    [SECOND, DECIDED, SKILLED].map((task) => sampleTask(task, SAMPLE_GRIDS.sagittal)),
  );
  second!.input.secondRead = 'lot';
  decided!.input.kind = 'adjudication';
  decided!.input.demands = { roles: ['radiologist', 'lead', 'admin'] };
  decided!.input.notTo = ['leo'];
  skilled!.input.demands = { skills: ['scoliosis'] };
  server = accountServer({
    tasks: new FakeTasks([second!, decided!, skilled!]),
    records,
  });
  for (const name of Object.keys(ROLES)) cookies[name] = await cookieOf(server, name);
});

const as = (name: string, options: InjectOptions) => server.inject(pageRequest(cookies[name]!, options));
const claim = (name: string, task: string, payload: object = {}) =>
  as(name, { method: 'POST', url: `/api/tasks/${task}/claim`, payload });
const submit = async (name: string, task: string, verdict: object) => {
  const { proposal } = (await as(name, { url: `/api/tasks/${task}` })).json();
  const payload = { baseDigest: proposal.digest, minutes: 3, verdict };
  return as(name, { method: 'POST', url: `/api/tasks/${task}/submit`, payload });
};

describe('a claim', () => {
  it('has the role of the account: a decision is for a senior who has read neither', async () => {
    const refused = await claim('ann', DECIDED);
    expect(refused.statusCode).toBe(409);
    expect(refused.json().detail).toContain('it is for a radiologist or a lead or an admin, not an annotator');
    expect((await claim('leo', DECIDED)).json().detail).toContain('leo has read this series already');
    expect((await claim('sam', DECIDED)).json()).toMatchObject({ state: 'claimed', reviewer: 'sam' });
  });

  it('believes no role and no skill that the request names', async () => {
    const forged = { role: 'radiologist', skills: ['scoliosis'] };
    expect((await claim('ann', DECIDED, forged)).json().detail).toContain('not an annotator');
    expect((await claim('ann', SKILLED, forged)).json().detail).toContain('it asks for scoliosis');
    expect((await claim('sue', SKILLED)).json()).toMatchObject({ state: 'claimed', reviewer: 'sue' });
    const pin = { move: 'pin', role: 'lead' };
    const moved = await as('ann', { method: 'POST', url: `/api/tasks/${SECOND}/moves`, payload: pin });
    expect([moved.statusCode, moved.json().type]).toEqual([403, 'urn:spindle:problem:role']);
  });
});

it("takes a second read from the author's hands into a senior's and back", async () => {
  await claim('ann', SECOND);
  expect((await submit('ann', SECOND, { verdict: 'accept' })).json().outcome).toBe('second-read');
  for (const name of ['ann', 'bob']) expect((await claim(name, SECOND)).statusCode, name).toBe(409);
  expect((await claim('bob', SECOND)).json().detail).toContain(
    'a senior reads it next (a radiologist or a lead or an admin), not an annotator',
  );
  expect((await claim('sam', SECOND)).json().reviewer).toBe('sam');
  const sent = await submit('sam', SECOND, { verdict: 'send-back', reason: 'Numbering: L5 is S1' });
  expect(sent.json()).toEqual({ outcome: 'sent-back', gates: [] });
  expect((await claim('bob', SECOND)).json().detail).toContain('assigned to ann');
  const again = (await claim('ann', SECOND)).json();
  expect(again).toMatchObject({ reviewer: 'ann', sentBackBecause: 'Numbering: L5 is S1' });
});

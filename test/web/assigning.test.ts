import type { FastifyInstance, InjectOptions } from 'fastify';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { FakeTasks } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const [PLAIN, SKILLED] = ['phantom/2/11_t1', 'phantom/2/12_t2'];

let server: FastifyInstance;
let tasks: FakeTasks;
let records: MemoryRecords;
let lead: string;

beforeEach(async () => {
  records = new MemoryRecords();
  const accounts = await people(records, { ann: 'annotator', sam: 'radiologist', eve: 'engineer', leo: 'lead' });
  await people(records, { old: 'annotator' });
  await accounts.disable('old', 'command-line/test');
  await accounts.setSkills('sam', ['scoliosis'], 'command-line/test');
  const samples = await Promise.all([PLAIN, SKILLED].map((task) => sampleTask(task, SAMPLE_GRIDS.sagittal)));
  Object.assign(samples[1]!.input, { demands: { skills: ['scoliosis'] } });
  tasks = new FakeTasks(samples);
  server = accountServer({ tasks, records });
  lead = await cookieOf(server, 'leo');
});

const asLead = (options: InjectOptions) => server.inject(pageRequest(lead, options));
const assign = (task: string, to: string | null) =>
  asLead({ method: 'POST', url: `/api/tasks/${task}/moves`, payload: { move: 'reassign', to } });

describe('a task is given', () => {
  it('to an account that may review it, or to anybody', async () => {
    expect((await assign(PLAIN, 'ann')).json()).toMatchObject({ assignee: 'ann' });
    expect((await assign(SKILLED, 'sam')).json()).toMatchObject({ assignee: 'sam' });
    expect((await assign(PLAIN, null)).json()).not.toHaveProperty('assignee');
  });

  it('to nobody who does not exist, is disabled or does not review', async () => {
    const refusals = {
      an: 'reassign: to: expected the name of an account that reviews, got "an", which has none',
      old: 'reassign: to: expected the name of an account that reviews, got "old", whose account is disabled',
      eve: 'reassign: to: expected the name of an account that reviews, got "eve", whose role is engineer',
    };
    for (const [to, detail] of Object.entries(refusals)) {
      const answer = await assign(PLAIN, to);
      expect([answer.statusCode, answer.json()]).toMatchObject([
        400,
        { type: 'urn:spindle:problem:invalid-input', detail },
      ]);
    }
    expect((await tasks.show(PLAIN)).history).toHaveLength(1);
  });

  it('to nobody who could never claim it', async () => {
    const answer = await assign(SKILLED, 'ann');
    expect([answer.statusCode, answer.json().detail]).toEqual([
      409,
      'task phantom/2/12_t2: not for ann: it asks for scoliosis',
    ]);
    expect(await tasks.show(SKILLED)).not.toHaveProperty('assignee');
  });

  it('to nobody below a senior, while one reads it next', async () => {
    const sample = await sampleTask(PLAIN, SAMPLE_GRIDS.sagittal);
    Object.assign(sample.input, { secondRead: 'lot' });
    tasks = new FakeTasks([sample]);
    server = accountServer({ tasks, records });
    lead = await cookieOf(server, 'leo');
    await tasks.claim(PLAIN, { reviewer: 'leo', role: 'lead' });
    const { digest: baseDigest } = sample.input.proposal;
    await tasks.submit(PLAIN, { reviewer: 'leo', baseDigest, minutes: 1, verdict: { verdict: 'accept' } });
    expect((await assign(PLAIN, 'ann')).json().detail).toMatch(/not for ann: a senior reads it next/);
    expect((await assign(PLAIN, 'sam')).json().assignee).toBe('sam');
  });
});

describe('many tasks are given', () => {
  const many = (to: string) =>
    asLead({
      method: 'POST',
      url: '/api/moves',
      payload: { tasks: [PLAIN, SKILLED, 'phantom/2/99_t1'], move: 'reassign', to },
    });

  it('one by one, each made or refused by itself', async () => {
    expect((await many('ann')).json().results).toEqual([
      { task: PLAIN, made: true, detail: '' },
      { task: SKILLED, made: false, detail: 'task phantom/2/12_t2: not for ann: it asks for scoliosis' },
      { task: 'phantom/2/99_t1', made: false, detail: 'no task "phantom/2/99_t1"' },
    ]);
  });

  it('to nobody at all who has no account', async () => {
    expect((await many('nobody-here')).statusCode).toBe(400);
    expect(await tasks.show(PLAIN)).not.toHaveProperty('assignee');
  });
});

it('a lead is told who there is to give tasks to', async () => {
  expect((await asLead({ url: '/api/people' })).json()).toEqual({
    people: [
      { name: 'ann', role: 'annotator', skills: [] },
      { name: 'leo', role: 'lead', skills: [] },
      { name: 'sam', role: 'radiologist', skills: ['scoliosis'] },
    ],
  });
});

it('an installation without accounts takes people at their word', async () => {
  server = accountServer({ tasks, records: new MemoryRecords() });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const payload = { move: 'reassign', to: 'ada', by: 'zoe' };
  const answer = await server.inject({ method: 'POST', url: `/api/tasks/${PLAIN}/moves`, headers, payload });
  expect(answer.json()).toMatchObject({ assignee: 'ada' });
  expect((await server.inject({ url: '/api/people', headers })).json()).toEqual({ people: [] });
});

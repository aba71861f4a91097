import type { FastifyInstance, InjectOptions } from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { readersOf } from '../../core/review-record.ts';
import type { Sibling } from '../../core/review.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer } from './account-server.ts';
import { FakeTasks } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const TASK = 'phantom/2/11_t1';
/** A control: one corrects the proposal, one draws from nothing. */
const [OWN, DRAWN] = ['phantom/2/12_t1', 'phantom/2/12_t1.blind'];

let server: FastifyInstance;
let tasks: FakeTasks;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  const records = new MemoryRecords();
  await people(records, { ann: 'annotator', bob: 'annotator', leo: 'lead' });
  tasks = new FakeTasks([
    await sampleTask(TASK, SAMPLE_GRIDS.sagittal),
    ...(await Promise.all([OWN, DRAWN].map((task) => sampleTask(task, SAMPLE_GRIDS.sagittal)))),
  ]);
  server = accountServer({
    tasks,
    records,
  });
  for (const name of ['ann', 'bob', 'leo']) cookies[name] = await cookieOf(server, name);
});

const as = (name: string, options: InjectOptions) => server.inject(pageRequest(cookies[name]!, options));

/** The other read of the series stands so. */
function sibling(other: Omit<Sibling, 'task'>): void {
  const show = FakeTasks.prototype.show.bind(tasks);
  const OTHER = `${TASK}.second`;
  tasks.show = async (task) => ({
    ...(await show(task)),
    siblings: [{ task: OTHER, ...other }],
    independentOf: [OTHER],
    notTo: ['bob'],
  });
}

describe('a read that must not know of another one', () => {
  it('is shown to its own reader, and to nobody else whatever the role', async () => {
    sibling({ state: 'claimed', readers: ['bob'] });
    await as('ann', { method: 'POST', url: `/api/tasks/${TASK}/claim`, payload: {} });
    for (const name of ['ann', 'bob', 'leo']) {
      const view = (await as(name, { url: `/api/tasks/${TASK}` })).json();
      const mask = await as(name, { url: `/api/tasks/${TASK}/proposal.mha` });
      const image = await as(name, { url: `/api/tasks/${TASK}/image.mha` });
      const own = name === 'ann';
      expect([name, view.structures.length > 0, mask.statusCode]).toEqual([name, own, own ? 200 : 403]);
      expect(image.statusCode).toBe(200); // the image is nobody's read
      if (!own) expect(mask.json().type).toBe('urn:spindle:problem:blinded');
    }
  });
});

const move = (name: string, payload: object) => as(name, { method: 'POST', url: `/api/tasks/${TASK}/moves`, payload });

it('is steered and talked about without a word of the other one', async () => {
  sibling({ state: 'claimed', readers: ['bob'] });
  await as('ann', { method: 'POST', url: `/api/tasks/${TASK}/claim`, payload: {} });
  const say = (text: string) => ({ move: 'comment', voxel: [1, 2, 3], text });
  const said = await move('ann', say('cut by the edge?'));
  expect(said.json()).toMatchObject({ reviewer: 'ann', comments: [{ by: 'ann', text: 'cut by the edge?' }] });
  expect(said.body).not.toMatch(/bob|second/);
  for (const name of ['bob', 'leo']) expect((await move(name, say('me too'))).json().type).toMatch(/:blinded$/);
  // A lead knows who reads what, and sees neither mask nor talk.
  const pinned = (await move('leo', { move: 'pin' })).json();
  expect(pinned).toMatchObject({ flags: ['pinned'], notTo: ['bob'], structures: [] });
  expect(pinned).not.toHaveProperty('comments');
});

describe('a blinded control', () => {
  beforeAll(async () => {
    const show = FakeTasks.prototype.show.bind(tasks);
    tasks.show = async (task) => {
      const view = await show(task);
      if (task !== OWN && task !== DRAWN) return view;
      const other = await show(task === OWN ? DRAWN : OWN);
      const sibling = { task: other.task, state: other.state, readers: readersOf(other.history) };
      return { ...view, siblings: [sibling], independentOf: [other.task] };
    };
    await as('ann', { method: 'POST', url: `/api/tasks/${OWN}/claim`, payload: {} });
    await as('bob', { method: 'POST', url: `/api/tasks/${DRAWN}/claim`, payload: {} });
  });

  const listed = async (name: string, query = '') => {
    const { tasks: rows, total } = (await as(name, { url: `/api/tasks?round=2${query}` })).json();
    const ids: string[] = rows.map(({ task }: { task: string }) => task);
    return { ids: ids.filter((id) => id.includes('12_t1')), total };
  };

  it('is not told of by the list, but to leads', async () => {
    expect(await listed('leo')).toEqual({ ids: [OWN, DRAWN], total: 3 });
    expect(await listed('ann')).toEqual({ ids: [OWN], total: 2 });
    expect(await listed('bob')).toEqual({ ids: [DRAWN], total: 2 });
    // In whatever way one asks.
    expect((await listed('ann', '&state=claimed')).ids).toEqual([OWN]);
    expect((await listed('ann', '&state=queued')).ids).toEqual([]);
    expect((await listed('bob', '&state=claimed')).ids).toEqual([DRAWN]);
  });

  it('is not there for who corrects, at any address; who draws knows as much as before', async () => {
    const asked = { claim: {}, moves: { move: 'comment', voxel: [1, 1, 1], text: 'hello' } };
    for (const what of ['', '/image.mha', '/proposal.mha', '/companions', '/draft']) {
      const answer = await as('ann', { url: `/api/tasks/${DRAWN}${what}` });
      expect([what, answer.statusCode, answer.json().type]).toEqual([what, 404, 'urn:spindle:problem:no-such-task']);
    }
    for (const [what, payload] of Object.entries(asked)) {
      const answer = await as('ann', { method: 'POST', url: `/api/tasks/${DRAWN}/${what}`, payload });
      expect([what, answer.statusCode]).toEqual([what, 404]);
    }
    const none = await as('ann', { url: '/api/tasks/phantom/2/99_t1.blind' });
    const hidden = await as('ann', { url: `/api/tasks/${DRAWN}` });
    expect(hidden.body).toBe(none.body.replaceAll('99_t1', '12_t1'));
    expect((await as('leo', { url: `/api/tasks/${DRAWN}` })).json().reviewer).toBe('bob');
    expect((await as('bob', { url: `/api/tasks/${DRAWN}` })).json().reviewer).toBe('bob');
    expect((await as('bob', { url: `/api/tasks/${OWN}` })).body).not.toContain('ann');
  });

  it('does not say by history or audit log how it was answered, leads included, until both are', async () => {
    const answer = async (name: string, task: string) => {
      const { proposal } = await tasks.show(task);
      const payload = { baseDigest: proposal.digest, minutes: 3, verdict: { verdict: 'accept' } };
      const { json } = await as(name, { method: 'POST', url: `/api/tasks/${task}/submit`, payload });
      expect(json().outcome).toBe('accepted');
    };
    const told = async () => {
      const { entries } = (await as('leo', { url: '/api/audit-log' })).json();
      const notes = entries.flatMap(({ action, note }: Record<string, string>) => (action === 'submit' ? [note] : []));
      const { history } = (await as('leo', { url: `/api/tasks/${OWN}` })).json();
      return [notes, history.at(-2).event, history.at(-2).note];
    };
    await answer('ann', OWN);
    expect(await told()).toEqual([['a read that you may not see yet'], 'submitted', '']);
    await answer('bob', DRAWN);
    expect(await told()).toEqual([['accept → accepted', 'accept → accepted'], 'submitted', 'accept']);
  });
});

describe('moves', () => {
  it('are refused to whoever is no lead, or in another name', async () => {
    expect((await move('bob', { move: 'reassign', to: 'bob' })).json().type).toBe('urn:spindle:problem:role');
    expect((await move('bob', { move: 'release', by: 'ann' })).json().type).toBe('urn:spindle:problem:reviewer');
    expect((await move('leo', { move: 'dance' })).statusCode).toBe(400);
    const many = (tasks: string[]) => as('leo', { method: 'POST', url: '/api/moves', payload: { tasks, move: 'pin' } });
    expect((await many(['../x'])).statusCode).toBe(400);
    expect((await many([])).statusCode).toBe(400);
    for (const more of [{ move: 'comment', voxel: [1, 1, 1], text: 'all of you' }, { move: 'release' }]) {
      const answer = await as('leo', { method: 'POST', url: '/api/moves', payload: { tasks: [TASK], ...more } });
      expect([answer.statusCode, answer.json().type]).toEqual([400, 'urn:spindle:problem:invalid-input']);
    }
  });
});

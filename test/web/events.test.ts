import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { FakeTasks } from './fake-tasks.ts';
import { cookieOf, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const TASK = 'phantom/2/11_t1';

let records: MemoryRecords;
let tasks: FakeTasks;
let server: FastifyInstance;
let address: string;

beforeEach(async () => {
  records = new MemoryRecords();
  await people(records, { ann: 'annotator' });
  tasks = new FakeTasks([await sampleTask(TASK, SAMPLE_GRIDS.sagittal)]);
  server = accountServer({
    tasks,
    records,
    watchEveryMs: 20,
    beatMs: 50,
    closeGraceMs: 5000,
  });
  address = await server.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(() => server.close());

/** Cookies carry the port that the browser speaks to. */
async function cookie(): Promise<string> {
  return (await cookieOf(server, 'ann')).replace('spindle-session-80', `spindle-session-${new URL(address).port}`);
}

/** What a stream says until it says `last`, or to its end. */
async function heard(response: Response, last: RegExp | null, during: () => Promise<unknown> | void): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (let begun = false; ;) {
    const { value, done } = await reader.read();
    if (done) return text;
    text += value;
    if (last?.test(text)) return reader.cancel().then(() => text);
    // The first beat comes after the first look.
    if (!begun && text.includes(': still here')) {
      begun = true;
      await during();
    }
  }
}

describe('the stream of events', () => {
  let kept: string;
  beforeEach(async () => void (kept = await cookie()));
  const open = () => fetch(`${address}/api/datasets/phantom/events`, { headers: { cookie: kept } });

  it('says that the work list has changed, and no more than that', async () => {
    const response = await open();
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const text = await heard(response, /event: .*\ndata: .*\n\n/, () => void tasks.takenBy(TASK, 'bob'));
    expect(text.replaceAll(': still here\n\n', '')).toBe('retry: 3000\n\nevent: tasks\ndata: phantom\n\n');
  });

  it('says that somebody has commented, not on what', async () => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ move: 'comment', by: 'bob', voxel: [1, 2, 3], text: 'L6?' });
    const comment = () => fetch(`${address}/api/tasks/${TASK}/moves`, { method: 'POST', headers, body });
    const text = await heard(await open(), /event: .*\ndata: .*\n\n/, comment);
    expect(text.replaceAll(': still here\n\n', '')).toBe('retry: 3000\n\nevent: comments\ndata: phantom\n\n');
  });

  it('ends with the session', async () => {
    const accounts = await people(records, {});
    const text = await heard(await open(), null, () => accounts.endSessions('ann', 'x'));
    expect(text).toMatch(/event: signed-out\ndata: phantom\n\n$/);
  }, 30_000);

  it('ends when the server closes, which does not wait for it', async () => {
    const response = await open();
    const begun = performance.now();
    await heard(response, null, () => void server.close());
    expect(performance.now() - begun).toBeLessThan(4000); // the grace for requests under way is 5 s
  });

  it('is not for whoever is not signed in, and not for ever more', async () => {
    expect((await fetch(`${address}/api/datasets/phantom/events`)).status).toBe(401);
    const streams = await Promise.all(Array.from({ length: 12 }, open));
    expect(streams.map(({ status }) => status)).toEqual(Array(12).fill(200));
    expect((await open()).status).toBe(503);
    await streams[0]!.body!.cancel();
    await expect.poll(async () => (await open()).status, { timeout: 10_000 }).toBe(200);
  });
});

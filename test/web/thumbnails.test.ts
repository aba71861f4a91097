import { PNG } from 'pngjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import { readersOf } from '../../core/review-record.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { FakeTasks } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const [PLAIN, OWN, DRAWN] = ['phantom/2/11_t1', 'phantom/2/12_t1', 'phantom/2/12_t1.blind'];

let server: FastifyInstance;
let tasks: FakeTasks;
let reads = 0;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  const records = new MemoryRecords();
  await people(records, { ann: 'annotator', bob: 'annotator', leo: 'lead' });
  tasks = new FakeTasks(
    await Promise.all([
      ...[PLAIN, OWN].map((task) => sampleTask(task, SAMPLE_GRIDS.sagittal)),
      sampleTask(DRAWN, SAMPLE_GRIDS.sagittal, { kind: 'blind', labelAt: () => 0 }),
    ]),
  );
  const show = tasks.show.bind(tasks);
  tasks.show = async (task) => {
    const view = await show(task);
    if (task === PLAIN) return view;
    const other = await show(task === OWN ? DRAWN : OWN);
    return { ...view, siblings: [{ task: other.task, state: other.state, readers: readersOf(other.history) }] };
  };
  const image = tasks.image.bind(tasks);
  tasks.image = (task) => (reads++, image(task));
  server = accountServer({ tasks, records });
  for (const name of ['ann', 'bob', 'leo']) cookies[name] = await cookieOf(server, name);
});

const asked = (name: string, task: string, headers: Record<string, string> = {}) =>
  server.inject(pageRequest(cookies[name]!, { url: `/api/tasks/${task}/thumbnail.png`, headers }));

/** How many pixels are not grey: the mask's. */
function coloured(png: Buffer): number {
  const { data } = PNG.sync.read(png);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) count++;
  }
  return count;
}

describe('a thumbnail', () => {
  it('is the middle sagittal slice with the mask, drawn once', async () => {
    const answer = await asked('ann', PLAIN);
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'image/png']);
    const { width, height } = PNG.sync.read(answer.rawPayload);
    // 40 × 64 voxels of one size: 160 pixels high, 100 wide.
    expect([width, height]).toEqual([100, 160]);
    // Of the 2560 voxels of the slice the mask has: 16 columns of 12 + 4 + 16 + 4 + 16 + 4 rows, and 5 of 64; each is 2.5 × 2.5 pixels.
    const share = coloured(answer.rawPayload) / (width * height);
    expect(share).toBeCloseTo((16 * 56 + 5 * 64) / 2560, 1);
    const before = reads;
    const again = await Promise.all([asked('bob', PLAIN), asked('leo', PLAIN)]);
    expect(again.map(({ rawPayload }) => rawPayload.equals(answer.rawPayload))).toEqual([true, true]);
    const etag = answer.headers.etag as string;
    expect((await asked('ann', PLAIN, { 'if-none-match': etag })).statusCode).toBe(304);
    expect(reads).toBe(before);
  });

  it('shows the mask of a blinded control to nobody but who corrects it, and no other address tells more', async () => {
    await server.inject(pageRequest(cookies['ann']!, { method: 'POST', url: `/api/tasks/${OWN}/claim`, payload: {} }));
    const own = await asked('ann', OWN);
    expect(coloured(own.rawPayload)).toBeGreaterThan(0);
    for (const name of ['bob', 'leo']) {
      const answer = await asked(name, OWN, { 'if-none-match': own.headers.etag as string });
      expect([name, answer.statusCode, coloured(answer.rawPayload)]).toEqual([name, 200, 0]);
      expect(answer.headers['etag']).not.toContain((await tasks.show(OWN)).proposal.digest);
      expect(answer.headers).toMatchObject({ vary: 'cookie', 'cache-control': 'private, no-cache' });
    }
    expect((await asked('ann', DRAWN)).statusCode).toBe(404);
    expect((await server.inject(`/api/tasks/${PLAIN}/thumbnail.png`)).statusCode).toBe(401);
  });

  it('is drawn when it is asked for again after a fault', async () => {
    const fresh = new FakeTasks([await sampleTask(PLAIN, SAMPLE_GRIDS.oblique)]);
    const image = fresh.image.bind(fresh);
    fresh.image = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    const own = accountServer({ tasks: fresh, records: new MemoryRecords() });
    const bearer = { url: `/api/tasks/${PLAIN}/thumbnail.png`, headers: { authorization: `Bearer ${TOKEN}` } };
    expect((await own.inject(bearer)).statusCode).toBe(503);
    fresh.image = image;
    expect((await own.inject(bearer)).statusCode).toBe(200);
  });
});

import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../adapters/volume.ts';
import { createWebServer } from '../../web/server.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { fakeCampaigns } from './fake-campaigns.ts';
import { FakeTasks } from './fake-tasks.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const TOKEN = 'a-token-long-enough';
const TASK = '/api/tasks/phantom/2/11_t1';

describe('the other images of a study', () => {
  let server: FastifyInstance;
  let file: Uint8Array;
  beforeAll(async () => {
    const [sample, other] = await Promise.all([
      sampleTask('phantom/2/11_t1', SAMPLE_GRIDS.sagittal),
      sampleTask('phantom/2/11_t2', SAMPLE_GRIDS.oblique),
    ]);
    file = other.image;
    const tasks = new FakeTasks([{ ...sample, companions: [{ series: '11_t2', file }] }, other]);
    const pageDir = import.meta.dirname;
    const records = new MemoryRecords();
    server = createWebServer({ tasks, campaigns: fakeCampaigns, token: TOKEN, records, temporalUiUrl: null, pageDir });
  });
  afterAll(() => server.close());
  const get = (url: string) => server.inject({ url, headers: { authorization: `Bearer ${TOKEN}` } });

  it('are listed and served by digest', async () => {
    const { companions } = (await get(`${TASK}/companions`)).json<{
      companions: { series: string; image: object }[];
    }>();
    expect(companions).toEqual([{ series: '11_t2', image: expect.objectContaining({ digest: sha256(file) }) }]);
    const answer = await get(`${TASK}/companions/11_t2/image.mha?digest=${sha256(file)}`);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toContain('immutable');
    expect(answer.rawPayload).toEqual(Buffer.from(file));
    expect((await get('/api/tasks/phantom/2/11_t2/companions')).json()).toEqual({ companions: [] });
  });

  it.each([
    [`${TASK}/companions/12_t2/image.mha`, 404, 'no-such-task'],
    [`${TASK}/companions/11_pet/image.mha`, 400, 'invalid-input'],
    [`${TASK}/companions/11_t2/image.mha?digest=${'0'.repeat(64)}`, 400, 'invalid-input'],
    ['/api/tasks/phantom/2/99_t1/companions', 404, 'no-such-task'],
  ])('refuses %s with %d', async (url, status, kind) => {
    const answer = await get(url);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ type: `urn:spindle:problem:${kind}` });
  });
});

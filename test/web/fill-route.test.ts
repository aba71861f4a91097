import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asMask, decodeMha, encodeMha } from '../../adapters/volume.ts';
import { createWebServer } from '../../web/server.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { fakeCampaigns } from './fake-campaigns.ts';
import { FakeTasks } from './fake-tasks.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const TOKEN = 'a-token-long-enough';
const TASK = 'phantom/2/11_t1';

describe('fill in between slices', () => {
  let server: FastifyInstance;
  let tasks: FakeTasks;
  let proposal: Uint8Array;
  beforeAll(async () => {
    const sample = await sampleTask(TASK, SAMPLE_GRIDS.sagittal);
    proposal = sample.proposal;
    tasks = new FakeTasks([sample]);
    const pageDir = import.meta.dirname;
    const records = new MemoryRecords();
    server = createWebServer({ tasks, campaigns: fakeCampaigns, token: TOKEN, records, temporalUiUrl: null, pageDir });
  });
  afterAll(() => server.close());

  const fill = (task: string, label: number | string, payload: Uint8Array) =>
    server.inject({
      method: 'POST',
      url: `/api/tasks/${task}/fill?label=${label}`,
      payload: Buffer.from(payload),
      headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${TOKEN}` },
    });

  async function refusal(task: string, label: number | string, payload: Uint8Array): Promise<string> {
    const response = await fill(task, label, payload);
    const { type, detail } = response.json<{ type: string; detail: string }>();
    return `${response.statusCode} ${type.replace('urn:spindle:problem:', '')}: ${detail}`;
  }

  it('fills one structure over background only, and stores nothing', async () => {
    const whole = asMask(await decodeMha(proposal, 'proposal'), 'proposal');
    const [nx, ny] = whole.grid.size;
    // Slices 3 to 5 of both vertebrae are taken out; 2 and 6 are left.
    const inGap = (at: number) => at >= 3 * nx * ny && at < 6 * nx * ny;
    const gapped = whole.voxels.map((label, at) => (inGap(at) && (label === 1 || label === 2) ? 0 : label));
    const response = await fill(TASK, 1, await encodeMha({ ...whole, voxels: gapped }));
    expect(response.statusCode).toBe(200);
    const filled = await decodeMha(new Uint8Array(response.rawPayload), 'answer');
    expect(filled.grid).toEqual(whole.grid);
    // The same block on every slice: what comes in between is the block.
    expect(filled.voxels).toEqual(whole.voxels.map((label, at) => (inGap(at) && label === 2 ? 0 : label)));
    expect(tasks.uploads.size).toBe(0);
  });

  it('refuses a label that is not there, no mask, and no task', async () => {
    expect(await refusal(TASK, 25, proposal)).toMatch(/^400 invalid-input: .*labels of the mask/);
    expect(await refusal(TASK, 'L5', proposal)).toMatch(/^400 invalid-input: querystring.label/);
    expect(await refusal(TASK, 1, Buffer.from('no mask'))).toMatch(/^400 invalid-input: mask/);
    expect(await refusal('phantom/2/99_t1', 1, proposal)).toMatch(/^404 no-such-task/);
  });

  it('serves two at once and asks a third to wait', async () => {
    const answers = await Promise.all([1, 1, 1].map((label) => fill(TASK, label, proposal)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 200, 503]);
    expect((await fill(TASK, 1, proposal)).statusCode).toBe(200);
  });
});

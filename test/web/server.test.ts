import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeMha, decodeMha, asMask, sha256 } from '../../adapters/volume.ts';
import { ROUTE_ACCESS } from '../../web/route-access.ts';
import { createWebServer } from '../../web/server.ts';
import { CORRECTION_LIMIT_BYTES } from '../../web/routes/volumes.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { fakeCampaigns } from './fake-campaigns.ts';
import { FakeTasks, type FakeTask } from './fake-tasks.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

const TOKEN = 'correct-horse-battery';
const SURE = 'phantom/2/11_t1';
const DOUBTFUL = 'phantom/2/12_t2';
const OTHER = 'other/1/5_t2_SPACE';

let pageDir: string;
let samples: FakeTask[];
let tasks: FakeTasks;
let server: FastifyInstance;

beforeAll(async () => {
  pageDir = await mkdtemp(join(tmpdir(), 'spindle-page-'));
  await writeFile(join(pageDir, 'index.html'), '<!doctype html><title>page</title>');
  samples = await Promise.all([
    sampleTask(SURE, SAMPLE_GRIDS.sagittal, { doubt: 0.1 }),
    sampleTask(DOUBTFUL, SAMPLE_GRIDS.oblique, { doubt: 0.8 }),
    sampleTask(OTHER, SAMPLE_GRIDS.leftHanded, { doubt: 0.5 }),
  ]);
});
beforeEach(() => {
  tasks = new FakeTasks(samples);
  server = createWebServer({
    tasks,
    campaigns: fakeCampaigns,
    token: TOKEN,
    records: new MemoryRecords(),
    temporalUiUrl: 'http://127.0.0.1:8233',
    pageDir,
  });
});
afterAll(() => rm(pageDir, { recursive: true }));

/** A signed-in request. */
function ask(options: InjectOptions) {
  return server.inject({ ...options, headers: { authorization: `Bearer ${TOKEN}`, ...options.headers } });
}

function put(task: string, payload: Uint8Array) {
  const headers = { 'content-type': 'application/octet-stream' };
  return ask({ method: 'PUT', url: `/api/tasks/${task}/correction`, payload: Buffer.from(payload), headers });
}

function expectProblem(response: Awaited<ReturnType<typeof ask>>, status: number, type: string) {
  expect(response.statusCode).toBe(status);
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  const body = response.json();
  expect(Object.keys(body).sort()).toEqual(['detail', 'status', 'title', 'type']);
  expect(body).toMatchObject({ status, type: `urn:spindle:problem:${type}` });
  return body.detail as string;
}

describe('who may ask', () => {
  it('answers health without a token, and nothing else of the API', async () => {
    expect((await server.inject('/api/health')).json()).toEqual({ status: 'ok' });
    for (const url of [
      '/api/tasks',
      `/api/tasks/${SURE}`,
      `/api/tasks/${SURE}/image.mha`,
      '/api/datasets',
      '/api/openapi.json',
    ]) {
      expectProblem(await server.inject(url), 401, 'not-signed-in');
    }
    expectProblem(
      await ask({ url: '/api/tasks', headers: { authorization: `Bearer ${TOKEN}x` } }),
      401,
      'not-signed-in',
    );
    expectProblem(await ask({ url: '/api/tasks', headers: { authorization: `Basic ${TOKEN}` } }), 401, 'not-signed-in');
  });

  it('refuses another Host name, as DNS rebinding would bring it', async () => {
    expectProblem(await ask({ url: '/api/tasks', headers: { host: 'evil.example:80' } }), 421, 'host');
    expectProblem(await server.inject({ url: '/', headers: { host: '127.0.0.1.evil.example' } }), 421, 'host');
    for (const host of ['127.0.0.1:4000', 'localhost', '[::1]:4000']) {
      expect((await ask({ url: '/api/tasks', headers: { host } })).statusCode).toBe(200);
    }
  });

  it('sends the security headers with every answer', async () => {
    for (const url of ['/', '/api/health', '/api/tasks', '/nowhere']) {
      const { headers } = await server.inject(url);
      expect(headers['content-security-policy']).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
    expect((await ask({ url: '/api/tasks' })).headers['cache-control']).toBe('no-store');
  });

  it('serves the page without a token, and nothing beside its folder', async () => {
    expect((await server.inject('/')).body).toContain('<title>page</title>');
    expectProblem(await server.inject('/../package.json'), 404, 'no-such-route');
    expectProblem(await server.inject('/%2e%2e/package.json'), 404, 'no-such-route');
  });
});

describe('the work list', () => {
  it('lists the most doubtful first and filters', async () => {
    const list = async (query: string) =>
      (await ask({ url: `/api/tasks${query}` })).json().tasks.map((row: { task: string }) => row.task);
    expect(await list('')).toEqual([DOUBTFUL, OTHER, SURE]);
    expect(await list('?dataset=phantom')).toEqual([DOUBTFUL, SURE]);
    expect(await list('?dataset=phantom&round=1')).toEqual([]);
    expect(await list('?round=1')).toEqual([OTHER]);
    await tasks.claim(SURE, { reviewer: 'ann' });
    expect(await list('?state=claimed')).toEqual([SURE]);
  });

  it.each(['?dataset=No%20Name', '?round=-1', '?round=two', '?state=open'])('refuses %s by field', async (query) => {
    const field = query.slice(1, query.indexOf('='));
    expect(expectProblem(await ask({ url: `/api/tasks${query}` }), 400, 'invalid-input')).toContain(
      `querystring.${field}`,
    );
  });
});

describe('one task', () => {
  it('shows it, and says so when there is none', async () => {
    const view = (await ask({ url: `/api/tasks/${DOUBTFUL}` })).json();
    expect(view).toMatchObject({ task: DOUBTFUL, state: 'queued', reviewer: null, kind: 'proposal' });
    expect(view.structures).toHaveLength(7);
    expectProblem(await ask({ url: '/api/tasks/phantom/2/99_t1' }), 404, 'no-such-task');
    expectProblem(await ask({ url: '/api/tasks/phantom/2/..%2fetc' }), 400, 'invalid-input');
  });

  it('claims, renews, and refuses a second person', async () => {
    const claim = (reviewer: unknown) =>
      ask({ method: 'POST', url: `/api/tasks/${SURE}/claim`, payload: { reviewer } });
    expect((await claim('ann')).json()).toMatchObject({ state: 'claimed', reviewer: 'ann' });
    expect((await claim('ann')).statusCode).toBe(200);
    expect(expectProblem(await claim('bob'), 409, 'task-conflict')).toContain('claimed by ann');
    expectProblem(await claim('Bob Smith'), 400, 'invalid-input');
    expectProblem(
      await ask({
        method: 'POST',
        url: `/api/tasks/${SURE}/claim`,
        payload: '{',
        headers: { 'content-type': 'application/json' },
      }),
      400,
      'bad-request',
    );
  });
});

describe('volumes', () => {
  it('serves the files byte for byte, named by digest', async () => {
    for (const volume of ['image', 'proposal'] as const) {
      const url = `/api/tasks/${SURE}/${volume}.mha`;
      const digest = samples[0]!.input[volume].digest;
      const plain = await ask({ url });
      expect(plain.headers).toMatchObject({
        'content-type': 'application/octet-stream',
        etag: `"${digest}"`,
        'cache-control': 'private, no-cache',
      });
      expect(sha256(plain.rawPayload)).toBe(digest);
      const named = await ask({ url: `${url}?digest=${digest}` });
      expect(named.headers['cache-control']).toBe('private, max-age=31536000, immutable');
      const again = await ask({ url, headers: { 'if-none-match': `"${digest}"` } });
      expect([again.statusCode, again.body]).toEqual([304, '']);
      expectProblem(await ask({ url: `${url}?digest=${'0'.repeat(64)}` }), 400, 'invalid-input');
    }
  });

  it('takes a correction as it came', async () => {
    const file = samples[0]!.proposal;
    const response = await put(SURE, file);
    expect(response.json()).toEqual({ digest: sha256(file), bytes: file.length });
    expect(Buffer.from(tasks.uploads.get(sha256(file))!).equals(Buffer.from(file))).toBe(true);
  });

  it('refuses what is no volume, no octets, too large, or for no task', async () => {
    expect(expectProblem(await put(SURE, Buffer.from('not a volume')), 400, 'invalid-input')).toContain(
      'ElementDataFile',
    );
    expectProblem(await put(SURE, samples[0]!.proposal.slice(0, -1)), 400, 'invalid-input');
    expectProblem(await ask({ method: 'PUT', url: `/api/tasks/${SURE}/correction` }), 400, 'invalid-input');
    expectProblem(
      await ask({
        method: 'PUT',
        url: `/api/tasks/${SURE}/correction`,
        payload: '<a/>',
        headers: { 'content-type': 'text/xml' },
      }),
      415,
      'media-type',
    );
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(CORRECTION_LIMIT_BYTES + 1),
    };
    expectProblem(
      await ask({ method: 'PUT', url: `/api/tasks/${SURE}/correction`, payload: Buffer.alloc(1), headers }),
      413,
      'too-large',
    );
    expectProblem(await put('phantom/2/99_t1', samples[0]!.proposal), 404, 'no-such-task');
    expect(tasks.uploads.size).toBe(0);
  });
});

describe('submit', () => {
  const submit = (task: string, verdict: object, base = samples[0]!.input.proposal.digest) =>
    ask({
      method: 'POST',
      url: `/api/tasks/${task}/submit`,
      payload: { reviewer: 'ann', baseDigest: base, minutes: 3.5, verdict },
    });

  it('accepts a correction that passes the gates', async () => {
    await tasks.claim(SURE, { reviewer: 'ann' });
    const upload = (await put(SURE, samples[0]!.proposal)).json();
    const response = await submit(SURE, { verdict: 'correct', upload });
    expect(response.json()).toMatchObject({ outcome: 'accepted' });
    expect(tasks.submissions[0]?.request.minutes).toBe(3.5);
  });

  it('answers 200 with the gates when they refuse, and the task stays with its reviewer', async () => {
    await tasks.claim(SURE, { reviewer: 'ann' });
    const mask = asMask(await decodeMha(samples[0]!.proposal, 'proposal'), 'proposal');
    const empty = await encodeMha({ ...mask, voxels: new Int16Array(mask.voxels.length) });
    const upload = (await put(SURE, empty)).json();
    const response = await submit(SURE, { verdict: 'correct', upload });
    expect(response.statusCode).toBe(200);
    expect(response.json().outcome).toBe('refused');
    expect(response.json().gates).toContainEqual(
      expect.objectContaining({ gate: 'not-empty', passed: false, severity: 'refuse' }),
    );
    expect(await tasks.show(SURE)).toMatchObject({ state: 'claimed', reviewer: 'ann' });
  });

  it('refuses without a claim, on another proposal, and without a reason for excluding', async () => {
    expectProblem(await submit(SURE, { verdict: 'accept' }), 409, 'task-conflict');
    await tasks.claim(SURE, { reviewer: 'ann' });
    expectProblem(await submit(SURE, { verdict: 'accept' }, '0'.repeat(64)), 409, 'task-conflict');
    expect(expectProblem(await submit(SURE, { verdict: 'exclude', reason: ' x ' }), 400, 'invalid-input')).toContain(
      'reason',
    );
    expect((await submit(SURE, { verdict: 'exclude', reason: 'implant' })).json().outcome).toBe('excluded');
  });
});

describe('campaigns', () => {
  it('lists datasets and gives the board of one', async () => {
    expect((await ask({ url: '/api/datasets' })).json()).toEqual({
      datasets: ['phantom', 'quiet'],
      temporalUiUrl: 'http://127.0.0.1:8233',
    });
    const board = (await ask({ url: '/api/datasets/phantom' })).json();
    expect(board.state.status).toBe('running');
    expect(board.round.stage).toBe('review');
    expect(board.reports.map((report: { round: number }) => report.round)).toEqual([1, 2]);
    expect((await ask({ url: '/api/datasets/quiet' })).json()).toEqual({ state: null, round: null, reports: [] });
    expectProblem(await ask({ url: '/api/datasets/absent' }), 404, 'no-such-dataset');
  });
});

describe('what goes wrong inside', () => {
  it('keeps the reason to the log', async () => {
    tasks.show = async () => {
      throw new Error('ENOENT: /secret/place');
    };
    const response = await ask({ url: `/api/tasks/${SURE}` });
    expectProblem(response, 500, 'internal');
    expect(response.body).not.toMatch(/ENOENT|secret|at /);
  });

  it('does not pass on an answer of the wrong shape', async () => {
    tasks.list = async () => [{ task: 'no task id' }] as never;
    expectProblem(await ask({ url: '/api/tasks' }), 500, 'internal');
  });
});

it('describes itself as OpenAPI', async () => {
  const openapi = (await ask({ url: '/api/openapi.json' })).json();
  const routes = Object.keys(ROUTE_ACCESS).map((route) => route.slice(route.indexOf(' ') + 1));
  const paths = routes.filter((url) => url.startsWith('/api/') && url !== '/api/openapi.json');
  expect(paths.length).toBeGreaterThan(12);
  expect(Object.keys(openapi.paths).toSorted()).toEqual(
    [...new Set(paths)].map((url) => url.replaceAll(/:(\w+)/g, '{$1}')).toSorted(),
  );
  expect(openapi.paths['/api/health'].get.security).toEqual([]);
  const submit = openapi.paths['/api/tasks/{dataset}/{round}/{series}/submit'].post;
  expect(submit.requestBody.content['application/json'].schema.required).toContain('baseDigest');
});

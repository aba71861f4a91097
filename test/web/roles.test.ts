import type { FastifyInstance, InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../core/roles.ts';
import { ROUTE_ACCESS } from '../../web/route-access.ts';
import { createWebServer } from '../../web/server.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { accountServer, TOKEN } from './account-server.ts';
import { fakeCampaigns } from './fake-campaigns.ts';
import { FakeTasks } from './fake-tasks.ts';
import { cookieOf, pageRequest, people } from './people.ts';
import { SAMPLE_GRIDS, sampleTask } from './sample-tasks.ts';

/** Written out by hand, apart from the server's table: who may not ask for what. */
const CLOSED_TO: Readonly<Record<string, readonly Role[]>> = {
  'GET /api/datasets/:dataset': ['annotator', 'radiologist'],
  'GET /api/datasets/:dataset/findings': ['annotator', 'radiologist'],
  'POST /api/tasks/:dataset/:round/:series/claim': ['engineer'],
  'POST /api/tasks/:dataset/:round/:series/submit': ['engineer'],
  'POST /api/tasks/:dataset/:round/:series/moves': ['engineer'],
  'POST /api/moves': ['annotator', 'radiologist', 'engineer'],
  'GET /api/people': ['annotator', 'radiologist', 'engineer'],
  'POST /api/tasks/:dataset/:round/:series/fill': ['engineer'],
  'PUT /api/tasks/:dataset/:round/:series/correction': ['engineer'],
  'PUT /api/tasks/:dataset/:round/:series/draft': ['engineer'],
  'GET /api/tasks/:dataset/:round/:series/draft': ['engineer'],
  'GET /api/tasks/:dataset/:round/:series/draft/mask.mha': ['engineer'],
  'DELETE /api/tasks/:dataset/:round/:series/draft': ['engineer'],
  'GET /api/audit-log': ['annotator', 'radiologist', 'engineer'],
  'GET /api/datasets/:dataset/errata': ['annotator', 'radiologist', 'engineer'],
  'POST /api/datasets/:dataset/errata/:report/accept': ['annotator', 'radiologist', 'engineer'],
  'POST /api/datasets/:dataset/errata/:report/dismiss': ['annotator', 'radiologist', 'engineer'],
};
/** They go on until somebody ends them; test/web/events.test.ts asks for them. */
const ENDLESS = ['GET /api/datasets/:dataset/events'];
const OPEN = [
  'GET /',
  'GET /*',
  'GET /api/health',
  'GET /api/session',
  'POST /api/session',
  'DELETE /api/session',
  'GET /api/session/oidc',
  'GET /api/session/oidc/callback',
  'GET /api/errata',
  'POST /api/errata/:dataset',
  'GET /api/errata/:dataset/:report',
];

let server: FastifyInstance;
const registered = new Set<string>();
const cookies = new Map<Role, string>();

beforeAll(async () => {
  const records = new MemoryRecords();
  await people(records, Object.fromEntries(ROLES.map((role) => [`the-${role}`, role])));
  server = accountServer({
    tasks: new FakeTasks([await sampleTask('phantom/2/11_t1', SAMPLE_GRIDS.sagittal)]),
    records,
  });
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) if (each !== 'HEAD') registered.add(`${each} ${url}`);
  });
  await server.ready();
  for (const role of ROLES) cookies.set(role, await cookieOf(server, `the-${role}`));
});
afterAll(() => server.close());

/** A request for a route with something at every place; what it answers beyond the door is of no interest here. */
function requestFor(route: string): InjectOptions {
  const [method, path] = route.split(' ') as [InjectOptions['method'], string];
  const places: Record<string, string> = { dataset: 'phantom', round: '2', series: '11_t1', companion: '11_t2' };
  return { method: method!, url: path.replaceAll(/:(\w+)/g, (_, name: string) => places[name] ?? 'x') };
}

const statusOf = async (options: InjectOptions) => (await server.inject(options)).statusCode;

describe('who may ask for what', () => {
  it('is settled for every route that there is, and for no other', () => {
    expect(registered.size).toBeGreaterThan(15);
    expect(Object.keys(ROUTE_ACCESS).toSorted()).toEqual([...registered].toSorted());
  });

  it('lets nobody in who is not signed in, but where everybody may', async () => {
    for (const route of registered) {
      if (OPEN.includes(route)) expect(await statusOf(requestFor(route)), route).not.toBe(401);
      else expect(await statusOf(requestFor(route)), route).toBe(401);
    }
  });

  it.each(ROLES)('keeps out the %s where it must, and only there', async (role) => {
    for (const route of registered) {
      if (OPEN.includes(route) || ENDLESS.includes(route)) continue;
      const answer = await server.inject(pageRequest(cookies.get(role)!, requestFor(route)));
      const closed = CLOSED_TO[route]?.includes(role) ?? false;
      expect([route, answer.statusCode === 403]).toEqual([route, closed]);
      if (closed) expect(answer.json().type).toBe('urn:spindle:problem:role');
    }
  });

  it('starts no server with a route that is not in the table', async () => {
    const other = createWebServer({
      tasks: new FakeTasks([]),
      campaigns: fakeCampaigns,
      token: TOKEN,
      records: new MemoryRecords(),
      temporalUiUrl: null,
      pageDir: import.meta.dirname,
    });
    other.register(async (api) => void api.get('/api/secrets', () => 'all of them'));
    await expect(other.ready()).rejects.toThrow('GET /api/secrets has no entry');
  });
});

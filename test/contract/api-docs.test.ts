import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORRECTION_LIMIT_BYTES } from '../../web/routes/volumes.ts';
import { createWebServer } from '../../web/server.ts';
import { MemoryRecords } from '../support/memory-records.ts';
import { fakeCampaigns } from '../web/fake-campaigns.ts';
import { FakeTasks } from '../web/fake-tasks.ts';

const ROOT = join(import.meta.dirname, '../..');
const TOKEN = 'a-token-long-enough';
const DOCS = readFileSync(join(ROOT, 'docs/api.md'), 'utf8');
const HEADINGS = [...DOCS.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading!);
// Not in the document of the API: the document itself, and the page.
const BESIDE = ['GET /api/openapi.json', 'GET /'];

describe('docs/api.md', () => {
  it('has a heading for every route, and no other', async () => {
    const routes = await documentedRoutes();
    expect(routes.length).toBeGreaterThan(8);
    expect(HEADINGS.toSorted()).toEqual([...routes, ...BESIDE].toSorted());
  });

  it('names every problem', () => {
    const source = sources('web').map((path) => readFileSync(path, 'utf8'));
    const kinds = source.flatMap((text) =>
      [...text.matchAll(/(?:problem|ProblemError)\(\s*(?:\d{3}|status),\s*'([a-z-]+)'/g)].map(([, kind]) => kind!),
    );
    expect(new Set(kinds).size).toBeGreaterThan(10);
    for (const kind of new Set(kinds)) expect(DOCS).toContain(`\`${kind}\``);
  });

  it('tells the limits that hold', () => {
    expect(DOCS).toContain(`${CORRECTION_LIMIT_BYTES / 1024 / 1024} MiB`);
  });
});

/** `GET /api/tasks/:dataset/:round/:series` and the like, from what the server says of itself. */
async function documentedRoutes(): Promise<string[]> {
  const server = createWebServer({
    tasks: new FakeTasks([]),
    campaigns: fakeCampaigns,
    token: TOKEN,
    records: new MemoryRecords(),
    temporalUiUrl: null,
    pageDir: import.meta.dirname,
  });
  const answer = await server.inject({ url: '/api/openapi.json', headers: { authorization: `Bearer ${TOKEN}` } });
  const { paths } = answer.json<{ paths: Record<string, Record<string, unknown>> }>();
  await server.close();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
}

/** The server's own sources: not the page's. */
function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.ts') || entry.name === 'routes')
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? sources(path) : [join(ROOT, path)];
    });
}

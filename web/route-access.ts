import type { FastifyInstance } from 'fastify';
import type { Right } from '../core/roles.ts';

/** Who may ask for an address: anyone at all, or whose role has the right. */
export type Access = 'anyone' | Right;

/**
 * Every route and who may ask for it. A server with a route that is not here does not start, so that none is ever served to everybody
 * by mistake. `HEAD` goes with `GET`.
 */
export const ROUTE_ACCESS: Readonly<Record<string, Access>> = {
  // The page itself shows nothing; what it asks for below does.
  'GET /*': 'anyone',
  'GET /api/health': 'anyone',
  'GET /api/session': 'anyone',
  'POST /api/session': 'anyone',
  'DELETE /api/session': 'anyone',
  'GET /api/session/oidc': 'anyone',
  'GET /api/session/oidc/callback': 'anyone',
  // What is public already may be found wrong by anyone; web/routes/errata.ts says of which datasets.
  'GET /api/errata': 'anyone',
  'POST /api/errata/:dataset': 'anyone',
  'GET /api/errata/:dataset/:report': 'anyone',
  'GET /api/openapi.json': 'look',
  'GET /api/structures': 'look',
  'GET /api/datasets': 'look',
  'GET /api/datasets/:dataset': 'see-board',
  'GET /api/datasets/:dataset/findings': 'see-board',
  'GET /api/datasets/:dataset/events': 'look',
  'GET /api/datasets/:dataset/errata': 'lead',
  'POST /api/datasets/:dataset/errata/:report/accept': 'lead',
  'POST /api/datasets/:dataset/errata/:report/dismiss': 'lead',
  'GET /api/audit-log': 'read-audit',
  'GET /api/tasks': 'look',
  'GET /api/tasks/:dataset/:round/:series': 'look',
  'GET /api/tasks/:dataset/:round/:series/image.mha': 'look',
  'GET /api/tasks/:dataset/:round/:series/proposal.mha': 'look',
  'GET /api/tasks/:dataset/:round/:series/thumbnail.png': 'look',
  'GET /api/tasks/:dataset/:round/:series/companions': 'look',
  'GET /api/tasks/:dataset/:round/:series/companions/:companion/image.mha': 'look',
  'POST /api/tasks/:dataset/:round/:series/claim': 'review',
  'POST /api/tasks/:dataset/:round/:series/submit': 'review',
  'POST /api/tasks/:dataset/:round/:series/moves': 'review',
  'GET /api/tasks/:dataset/:round/:series/candidates/:number/mask.mha': 'look',
  'POST /api/moves': 'lead',
  'GET /api/people': 'lead',
  'POST /api/tasks/:dataset/:round/:series/fill': 'review',
  'PUT /api/tasks/:dataset/:round/:series/correction': 'review',
  'PUT /api/tasks/:dataset/:round/:series/draft': 'review',
  'GET /api/tasks/:dataset/:round/:series/draft': 'review',
  'GET /api/tasks/:dataset/:round/:series/draft/mask.mha': 'review',
  'DELETE /api/tasks/:dataset/:round/:series/draft': 'review',
};

/** The entry of a route; undefined for one that is not in the table. */
export function accessOf(method: string, url: string): Access | undefined {
  return ROUTE_ACCESS[`${method === 'HEAD' ? 'GET' : method} ${url}`];
}

/** Refuses at start-up what the table does not know. */
export function refuseUnlistedRoutes(server: FastifyInstance): void {
  server.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) {
      if (accessOf(each, url) !== undefined) continue;
      throw new Error(`${each} ${url} has no entry in web/route-access.ts: who may ask for it?`);
    }
  });
}

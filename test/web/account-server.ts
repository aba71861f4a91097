import type { FastifyInstance } from 'fastify';
import { createWebServer, type WebServerOptions } from '../../web/server.ts';
import { fakeCampaigns } from './fake-campaigns.ts';
import { CHEAP_COST } from './people.ts';

export const TOKEN = 'a-token-long-enough';

/** A web server for people who sign in, whose passwords are checked at once; it listens to nobody until it is told to. */
export function accountServer(
  own: Pick<WebServerOptions, 'tasks' | 'records'> & Partial<WebServerOptions>,
): FastifyInstance {
  return createWebServer({
    campaigns: fakeCampaigns,
    token: TOKEN,
    passwordCost: CHEAP_COST,
    temporalUiUrl: null,
    pageDir: import.meta.dirname,
    ...own,
  });
}

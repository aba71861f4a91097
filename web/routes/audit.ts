import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuditLog } from '../../adapters/accounts/audit-log.ts';
import type { TaskService } from '../../client/tasks.ts';
import { AuditList } from '../api-shapes.ts';
import { entriesSeenBy } from '../sight.ts';

const AuditQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  before: z.coerce.number().int().min(1).optional(),
});

/** `GET /api/audit-log`: who did what, newest first. */
export const auditRoute: FastifyPluginAsyncZod<{ audit: AuditLog; tasks: TaskService }> = async (
  api,
  { audit, tasks },
) => {
  api.get(
    '/audit-log',
    {
      schema: {
        summary: 'Who did what and when, newest first',
        description:
          '`next` as `before` gives the entries before these. A page of the log is never cut, so there may be more than `limit`.',
        querystring: AuditQuery,
        response: { 200: AuditList },
      },
    },
    async (request) => {
      const { limit, before } = request.query;
      const entries: AuditList['entries'] = [];
      let next: number | null = null;
      for await (const page of audit.backwards(before)) {
        if (entries.length >= limit) break;
        entries.push(...page.entries.toReversed().map((entry) => ({ page: page.number, ...entry })));
        next = page.number > 1 ? page.number : null;
      }
      return { entries: await entriesSeenBy(request, entries, tasks), next };
    },
  );
};

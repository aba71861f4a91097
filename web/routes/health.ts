import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

/** `GET /api/health`: answers while the process serves; the one address without a token. */
export const healthRoute: FastifyPluginAsyncZod = async (api) => {
  api.get(
    '/health',
    {
      schema: {
        summary: 'Whether the server answers',
        security: [],
        response: { 200: z.object({ status: z.literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );
};

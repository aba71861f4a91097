import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DatasetName } from '../../core/ids.ts';
import { DatasetBoard, DatasetList } from '../api-shapes.ts';
import type { CampaignReader } from '../campaign-reader.ts';
import { ProblemError } from '../problem.ts';

/** What the campaigns are at. */
export const datasetRoutes: FastifyPluginAsyncZod<{
  campaigns: CampaignReader;
  temporalUiUrl: string | null;
}> = async (api, { campaigns, temporalUiUrl }) => {
  api.get('/datasets', { schema: { summary: 'The datasets', response: { 200: DatasetList } } }, async () => ({
    datasets: await campaigns.datasets(),
    temporalUiUrl,
  }));
  api.get(
    '/datasets/:dataset',
    {
      schema: {
        summary: "A dataset's campaign, running round and finished rounds",
        params: z.object({ dataset: DatasetName }),
        response: { 200: DatasetBoard },
      },
    },
    async ({ params: { dataset } }) => {
      const [state, round, reports, known] = await Promise.all([
        campaigns.state(dataset),
        campaigns.round(dataset),
        campaigns.reports(dataset),
        campaigns.datasets(),
      ]);
      if (state === null && round === null && reports.length === 0 && !known.includes(dataset)) {
        throw new ProblemError(404, 'no-such-dataset', 'No such dataset', `There is no dataset "${dataset}".`);
      }
      return { state, round, reports };
    },
  );
};

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { biasReport } from '../../core/bias-report.ts';
import { TOLERANCES_MM } from '../../core/bias.ts';
import { DatasetName } from '../../core/ids.ts';
import { DatasetBoard, DatasetList, FindingsView } from '../api-shapes.ts';
import { auditReport, ERROR_DICE } from '../../core/mask-audit.ts';
import type { CampaignReader } from '../campaign-reader.ts';
import { ProblemError } from '../problem.ts';
import { RoundText } from '../task-path.ts';

const DEFAULT_TOLERANCE_MM = 1;

/** As of `spindle bias report` and `spindle audits report`. */
const FindingsQuery = z.object({
  round: RoundText.optional(),
  tolerance: z.enum(TOLERANCES_MM.map(String)).optional(),
  threshold: z.coerce.number().min(0).max(1).default(ERROR_DICE),
});

/** What the campaigns are at, and what they found out about review. */
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
        throw noSuchDataset(dataset);
      }
      return { state, round, reports };
    },
  );
  api.get(
    '/datasets/:dataset/findings',
    {
      schema: {
        summary: 'How far corrected references lean towards the model, and the error that review lets pass',
        params: z.object({ dataset: DatasetName }),
        querystring: FindingsQuery,
        response: { 200: FindingsView },
      },
    },
    async ({ params: { dataset }, query: { round, tolerance, threshold } }) => {
      const [{ controls, audits }, known] = await Promise.all([campaigns.findings(dataset), campaigns.datasets()]);
      if (!known.includes(dataset)) throw noSuchDataset(dataset);
      const choice = { dataset, ...(round !== undefined && { round: Number(round) }) };
      const toleranceMm = TOLERANCES_MM.find((each) => String(each) === tolerance) ?? DEFAULT_TOLERANCE_MM;
      return {
        rounds: [...new Set([...controls, ...audits].map((each) => each.round))].sort((a, b) => a - b),
        bias: biasReport(controls, { ...choice, toleranceMm }),
        audits: auditReport(audits, { ...choice, errorDice: threshold }),
      };
    },
  );
};

function noSuchDataset(dataset: string): ProblemError {
  return new ProblemError(404, 'no-such-dataset', 'No such dataset', `There is no dataset "${dataset}".`);
}

import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AuditLog } from '../../adapters/accounts/audit-log.ts';
import { ConflictError, NotFoundError } from '../../client/errors.ts';
import type { SignIn } from '../../client/sign-in.ts';
import { ErratumId } from '../../core/erratum.ts';
import { PublicReport, ReceivedReport, ReportBoxFullError, ReportReceipt } from '../../core/erratum-report.ts';
import { DatasetName, type ReviewerName } from '../../core/ids.ts';
import type { CampaignReader } from '../campaign-reader.ts';
import type { ErrataDesk } from '../errata-desk.ts';
import { AcceptBody, Accepted, DismissBody, ErrataList, OpenDatasets } from '../api-shapes.ts';
import { presentedBy, reviewerOf, whose } from '../guard.ts';
import type { Limiters } from '../limits.ts';
import { ProblemError } from '../problem.ts';
import type { SessionCookie } from '../session-cookie.ts';
import { whoOf } from './tasks.ts';

/** A report is at most some 800 characters. */
const REPORT_LIMIT_BYTES = 8 * 1024;
const OfDataset = z.object({ dataset: DatasetName });
const OfReport = OfDataset.extend({ report: ErratumId });

export interface ErrataDeps {
  desk: ErrataDesk;
  campaigns: CampaignReader;
  audit: AuditLog;
  signIn: SignIn;
  cookie: SessionCookie;
  limits: Limiters;
}

/** What the public reports of published masks, and what leads make of it. */
export const errataRoutes: FastifyPluginAsyncZod<ErrataDeps> = async (api, deps) => {
  publicRoutes(api, deps);
  leadRoutes(api, deps);
};

type Api = Parameters<FastifyPluginAsyncZod<ErrataDeps>>[0];

function publicRoutes(api: Api, deps: ErrataDeps): void {
  const { desk, limits } = deps;
  api.get(
    '/errata',
    { schema: { summary: 'The public datasets', security: [], response: { 200: OpenDatasets } } },
    async (request) => {
      await limits.strangers(request);
      return { datasets: await desk.open() };
    },
  );
  api.post(
    '/errata/:dataset',
    {
      bodyLimit: REPORT_LIMIT_BYTES,
      schema: {
        summary: 'Reports an error in a published mask; a lead looks at it',
        security: [],
        params: OfDataset,
        body: PublicReport,
        response: { 202: ReportReceipt },
      },
    },
    async (request, reply) => {
      await limits.reports(request);
      const { dataset } = request.params;
      await refuseClosed(deps, request, dataset);
      return reply.code(202).send(await answered(desk.receive(dataset, request.body)));
    },
  );
  api.get(
    '/errata/:dataset/:report',
    {
      schema: {
        summary: 'What became of a report',
        security: [],
        params: OfReport,
        response: { 200: ReportReceipt },
      },
    },
    async (request) => {
      await limits.strangers(request);
      const { dataset, report } = request.params;
      await refuseClosed(deps, request, dataset);
      return answered(desk.receipt(dataset, report));
    },
  );
}

function leadRoutes(api: Api, { desk, audit }: ErrataDeps): void {
  const log = (request: FastifyRequest, id: string, note: string) => {
    const { dataset } = request.params as z.infer<typeof OfDataset>;
    const subject = `${dataset}/errata/${id}`;
    return audit.append({ at: new Date().toISOString(), who: whoOf(request), action: 'erratum', subject, note });
  };
  api.get(
    '/datasets/:dataset/errata',
    { schema: { summary: 'Reports and errata of a dataset', params: OfDataset, response: { 200: ErrataList } } },
    ({ params: { dataset } }) => answered(desk.list(dataset)),
  );
  api.post(
    '/datasets/:dataset/errata/:report/accept',
    {
      schema: {
        summary: 'Makes an erratum of a report, which opens a review task',
        params: OfReport,
        body: AcceptBody,
        response: { 200: Accepted },
      },
    },
    async (request) => {
      const { dataset, report } = request.params;
      const accepted = await answered(desk.accept(dataset, report, byOf(request, request.body.reviewer)));
      await log(request, report, `accepted → erratum ${accepted.erratum.id}`);
      return accepted;
    },
  );
  api.post(
    '/datasets/:dataset/errata/:report/dismiss',
    {
      schema: {
        summary: 'Dismisses a report, with a reason that whoever sent it is told',
        params: OfReport,
        body: DismissBody,
        response: { 200: ReceivedReport },
      },
    },
    async (request) => {
      const { dataset, report } = request.params;
      const { reason, reviewer } = request.body;
      const dismissed = await answered(desk.dismiss(dataset, report, reason, byOf(request, reviewer)));
      await log(request, report, 'dismissed');
      return dismissed;
    },
  );
}

/** Null for the access token that names nobody. */
function byOf(request: FastifyRequest, named: ReviewerName | undefined): ReviewerName | null {
  return named === undefined && (request.principal?.name ?? null) === null ? null : reviewerOf(request, named);
}

/** Refuses (404, whether it exists or not) a dataset without a release to whoever is not signed in. */
async function refuseClosed(
  { desk, campaigns, signIn, cookie }: ErrataDeps,
  request: FastifyRequest,
  dataset: DatasetName,
): Promise<void> {
  if ((await desk.open()).some((each) => each.dataset === dataset)) return;
  const isSignedIn = (await whose(presentedBy(request, cookie), signIn)) !== null;
  if (isSignedIn && (await campaigns.datasets()).includes(dataset)) return;
  throw new ProblemError(404, 'no-such-dataset', 'No such dataset', `No dataset "${dataset}" is public here.`);
}

async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof NotFoundError) throw new ProblemError(404, 'no-such-report', 'No such report', error.message);
    if (error instanceof ConflictError) throw new ProblemError(409, 'report-settled', 'Already settled', error.message);
    if (error instanceof ReportBoxFullError) {
      const headers = { 'retry-after': '86400' };
      throw new ProblemError(503, 'reports-full', 'Too many reports wait', error.message, headers);
    }
    throw error;
  }
}

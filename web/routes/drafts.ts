import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Drafts } from '../../adapters/drafts.ts';
import { TaskConflictError, type TaskService } from '../../client/tasks.ts';
import { isSettled } from '../../core/review-record.ts';
import { Digest, ReviewerName } from '../../core/ids.ts';
import { InvalidInputError } from '../../core/invalid-input.ts';
import { parseMhaHeader } from '../../core/mha.ts';
import { DraftView } from '../api-shapes.ts';
import { reviewerOf } from '../guard.ts';
import { OCTETS, takeOctets } from '../octets.ts';
import { ProblemError } from '../problem.ts';
import { taskOfPath, TaskPath } from '../task-path.ts';
import { CORRECTION_LIMIT_BYTES } from './volumes.ts';

const DRAFT = '/tasks/:dataset/:round/:series/draft';
type FastifyInstanceZod = Parameters<FastifyPluginAsyncZod>[0];

const Whose = z.object({ reviewer: ReviewerName.optional() });
const DraftQuery = Whose.extend({ baseDigest: Digest, minutes: z.coerce.number().nonnegative().max(1440) });

/** Unfinished drawings, each its author's alone: to go on elsewhere, or after a browser has lost what it kept. */
export const draftRoutes: FastifyPluginAsyncZod<{ tasks: TaskService; drafts: Drafts }> = async (
  api,
  { tasks, drafts },
) => {
  takeOctets(api);
  api.put(
    DRAFT,
    {
      bodyLimit: CORRECTION_LIMIT_BYTES,
      schema: {
        summary: 'Keeps an unfinished mask, an MHA file, in place of the one before; also when the claim has lapsed',
        consumes: [OCTETS],
        params: TaskPath,
        querystring: DraftQuery,
        response: { 200: DraftView },
      },
    },
    async (request) => {
      const task = taskOfPath(request.params);
      const { body } = request as { body: unknown };
      if (!(body instanceof Uint8Array)) throw new InvalidInputError('draft', 'body', OCTETS, 'no such body');
      parseMhaHeader(body, 'draft');
      const view = await tasks.show(task);
      if (isSettled(view)) throw new TaskConflictError(`task ${task}: already ${view.state}`);
      const { baseDigest, minutes, reviewer: named } = request.query;
      const reviewer = reviewerOf(request, named);
      const savedAt = new Date().toISOString();
      return drafts.keep({ task, reviewer, baseDigest, minutes, savedAt }, body);
    },
  );
  api.get(
    DRAFT,
    {
      schema: {
        summary: 'What is known of the own draft; 404 when there is none',
        params: TaskPath,
        querystring: Whose,
        response: { 200: DraftView },
      },
    },
    async (request) => {
      const draft = await drafts.find(taskOfPath(request.params), reviewerOf(request, request.query.reviewer));
      if (!draft) throw noDraft();
      return draft;
    },
  );
  registerMask(api, drafts);
};

function registerMask(api: FastifyInstanceZod, drafts: Drafts): void {
  api.get(
    `${DRAFT}/mask.mha`,
    {
      schema: {
        summary: "The own draft's mask as an MHA file",
        params: TaskPath,
        querystring: Whose,
        produces: [OCTETS],
      },
    },
    async (request, reply) => {
      const draft = await drafts.find(taskOfPath(request.params), reviewerOf(request, request.query.reviewer));
      const bytes = draft && (await drafts.mask(draft));
      if (!bytes) throw noDraft();
      reply.header('etag', `"${draft.mask.digest}"`);
      return reply.type(OCTETS).send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    },
  );
  api.delete(
    DRAFT,
    { schema: { summary: 'Forgets the own draft', params: TaskPath, querystring: Whose } },
    async (request, reply) => {
      await drafts.forget(taskOfPath(request.params), reviewerOf(request, request.query.reviewer));
      return reply.code(204).send();
    },
  );
}

function noDraft(): ProblemError {
  return new ProblemError(404, 'no-such-draft', 'No such draft', 'You have no draft on this task.');
}

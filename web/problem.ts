import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ZodError } from 'zod';
import { ServiceError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { SignInRefusedError } from '../client/sign-in.ts';
import { TaskConflictError, TaskNotFoundError } from '../client/tasks.ts';
import { InvalidInputError } from '../core/invalid-input.ts';
import type { Problem } from './api-shapes.ts';

/** A refusal that a route or hook knows the status of. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly status: number,
    readonly kind: string,
    readonly title: string,
    detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
  }
}

/** Turns everything thrown into a problem; what isn't foreseen becomes a bare 500 and goes to the log only. */
export function installProblems(server: FastifyInstance): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
    if (error instanceof ProblemError) reply.headers(error.headers);
    return sendProblem(reply, problem);
  });
  server.setNotFoundHandler((_request: FastifyRequest, reply: FastifyReply) =>
    sendProblem(reply, problem(404, 'no-such-route', 'No such address', 'Nothing is served at this address.')),
  );
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .type('application/problem+json')
    .header('cache-control', 'no-store')
    .serializer((payload: unknown) => JSON.stringify(payload))
    .send(problem);
}

function problem(status: number, kind: string, title: string, detail: string): Problem {
  return { type: `urn:spindle:problem:${kind}`, title, status, detail };
}

function problemOf(error: FastifyError): Problem {
  if (error instanceof ProblemError) return problem(error.status, error.kind, error.title, error.message);
  if (error instanceof SignInRefusedError) return problem(401, 'sign-in-refused', 'Not signed in', error.message);
  if (error instanceof TaskNotFoundError) return problem(404, 'no-such-task', 'No such task', error.message);
  if (error instanceof TaskConflictError) return problem(409, 'task-conflict', 'The task is elsewhere', error.message);
  if (error instanceof InvalidInputError) return problem(400, 'invalid-input', 'Invalid input', error.message);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.map(
      (issue) => `${error.validationContext ?? 'request'}${fieldOf(issue.instancePath)}: ${issue.message ?? 'invalid'}`,
    );
    return problem(400, 'invalid-input', 'Invalid input', issues.join('; '));
  }
  if (error instanceof ZodError && !isResponseFault(error)) {
    const issues = error.issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`);
    return problem(400, 'invalid-input', 'Invalid input', issues.join('; '));
  }
  if (isOutage(error)) {
    const detail = 'Temporal or the object store does not answer. Nothing is lost: try again in a moment.';
    return problem(503, 'outage', 'A server behind this one does not answer', detail);
  }
  return byStatus(error);
}

/** What the network and gRPC say of a server that is down or starting. */
const OUTAGE_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const OUTAGE_GRPC = new Set([4, 14]);

function isOutage(error: Error & { code?: unknown }): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const { code } = (error instanceof ServiceError ? error.cause : error) as { code?: unknown };
  return OUTAGE_CODES.has(code as string) || OUTAGE_GRPC.has(code as number);
}

function fieldOf(instancePath: string): string {
  return instancePath.replaceAll('/', '.');
}

/** The serializer wraps its faults; those are ours, not the caller's. */
function isResponseFault(error: Error): boolean {
  return (error as Partial<FastifyError>).code === 'FST_ERR_RESPONSE_SERIALIZATION';
}

/** Fastify's own refusals (body too large, wrong media type, broken JSON) by status, in our words. */
function byStatus(error: FastifyError): Problem {
  const status = error.statusCode ?? 500;
  if (status === 413) return problem(413, 'too-large', 'Too large', 'The body is larger than this address takes.');
  if (status === 415) return problem(415, 'media-type', 'Unsupported media type', 'The body has another media type.');
  if (status >= 400 && status < 500) return problem(status, 'bad-request', 'Bad request', 'The request is malformed.');
  return problem(500, 'internal', 'Internal error', 'The server could not answer; its log says why.');
}

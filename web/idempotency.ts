import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { jsonDigest } from '../adapters/json-digest.ts';
import { readRecord, writeRecord, type RecordBucket } from '../adapters/accounts/records.ts';
import { Digest, type TaskId } from '../core/ids.ts';
import { SubmitResult } from '../core/review.ts';
import { ProblemError } from './problem.ts';

export const IDEMPOTENCY_HEADER = 'idempotency-key';

/** `idempotency/<task>/<digest of who and key>.json`: what a key was used for, and the answer once there is one. */
const Used = z.strictObject({
  schema: z.literal('spindle.idempotency/1'),
  request: Digest,
  answer: SubmitResult.nullable(),
});
type Used = z.infer<typeof Used>;

const Key = z.string().regex(/^[\x21-\x7e]{1,200}$/);

/**
 * Answers a request that carries an `Idempotency-Key` once: asked again with the same key it gives the first answer, whatever happened
 * since, and refuses (422) the key for another request. A request that broke off before it was answered is carried out again, which
 * the task service makes harmless. Keys are each person's own and stay with the task.
 */
export async function answeredOnce(
  bucket: RecordBucket,
  request: FastifyRequest,
  { who, task, body }: { who: string; task: TaskId; body: unknown },
  answer: () => Promise<SubmitResult>,
): Promise<{ result: SubmitResult; replayed: boolean }> {
  const given = request.headers[IDEMPOTENCY_HEADER];
  if (given === undefined) return { result: await answer(), replayed: false };
  const key = Key.safeParse(given);
  if (!key.success) throw refused(400, 'invalid-input', 'expected 1 to 200 visible ASCII characters');
  const name = createHash('sha256').update(`${who}\n${key.data}`, 'utf8').digest('hex');
  const place = `idempotency/${task}/${name}.json`;
  const used: Used = { schema: 'spindle.idempotency/1', request: jsonDigest(body), answer: null };
  if (!(await writeRecord(bucket, place, used, 'absent'))) {
    const before = (await readRecord(bucket, place, Used))?.value;
    if (before && before.request !== used.request)
      throw refused(422, 'idempotency-key', 'it was used for another request');
    if (before?.answer) return { result: before.answer, replayed: true };
  }
  const result = await answer();
  await writeRecord(bucket, place, { ...used, answer: result }, 'any');
  return { result, replayed: false };
}

function refused(status: 400 | 422, kind: 'invalid-input' | 'idempotency-key', why: string): ProblemError {
  return new ProblemError(status, kind, 'Idempotency key', `${IDEMPOTENCY_HEADER}: ${why}`);
}

import type { S3ServiceException } from '@aws-sdk/client-s3';

/** An immutable object whose bytes are not those its name says: stored data is damaged. Permanent. */
export class CorruptObjectError extends Error {
  override readonly name = 'CorruptObjectError';

  constructor(
    readonly key: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`${key}: expected SHA-256 ${expected}, got ${got}`);
  }
}

/** An object that something refers to isn't in the store. Permanent: objects are written before anything refers to them. */
export class MissingObjectError extends Error {
  override readonly name = 'MissingObjectError';

  constructor(readonly key: string) {
    super(`${key}: expected an object, got nothing under this key`);
  }
}

/** A compare-and-swap lost: somebody else wrote the ref in between. Read it again and decide anew. */
export class RefConflictError extends Error {
  override readonly name = 'RefConflictError';

  constructor(readonly key: string) {
    super(`${key}: expected the ref as it was read, got one that has changed since`);
  }
}

/** The S3 server lacks something that Spindle relies on, and must not be used. Permanent. */
export class StoreUnusableError extends Error {
  override readonly name = 'StoreUnusableError';

  constructor(readonly lacking: readonly string[]) {
    super(`this S3 server can't be used: ${lacking.join('; ')}`);
  }
}

/** The bucket of the hidden test is open to the ordinary credentials, and must not be used. Permanent. */
export class SealBrokenError extends Error {
  override readonly name = 'SealBrokenError';

  constructor(
    readonly bucket: string,
    readonly open: readonly string[],
  ) {
    super(`bucket "${bucket}" is not sealed: with the ordinary credentials one can ${open.join(', ')} there`);
  }
}

/** S3 says no to these credentials: not allowed (403), or not known to it at all. */
export function isAccessDenied(error: unknown): boolean {
  return statusOf(error) === 403;
}

/** What S3 answers to a failed If-Match or If-None-Match; 409 is AWS's answer to two conditional writes at one time. */
export function isConditionFailure(error: unknown): boolean {
  return statusOf(error) === 412 || (isServiceFault(error) && error.name === 'ConditionalRequestConflict');
}

/** Nothing under the key. A bucket that isn't there is another fault: it must not read as an empty store. */
export function isNotFound(error: unknown): boolean {
  return isServiceFault(error) && statusOf(error) === 404 && error.name !== 'NoSuchBucket';
}

/**
 * Tells whether trying again can't help: damaged or missing objects, an unusable server, and whatever S3 refuses for its own
 * sake (wrong credentials, no such bucket, no right). Network faults, time-outs, throttling and 5xx are worth another try.
 */
export function isPermanentStoreFault(error: unknown): boolean {
  if (error instanceof CorruptObjectError || error instanceof MissingObjectError) return true;
  if (error instanceof StoreUnusableError || error instanceof SealBrokenError) return true;
  if (!isServiceFault(error)) return false;
  const status = statusOf(error) ?? 0;
  const passing = [408, 409, 412, 425, 429].includes(status) || error.$retryable !== undefined;
  return status >= 400 && status < 500 && !passing;
}

/** How many times the SDK sent the request that failed; 1 when unknown. */
export function attemptsOf(error: unknown): number {
  return (isServiceFault(error) && error.$metadata.attempts) || 1;
}

function statusOf(error: unknown): number | undefined {
  return isServiceFault(error) ? error.$metadata.httpStatusCode : undefined;
}

/** An answer of the server that is an error, told as the SDK itself tells it: its classes would bring all of the SDK along. */
function isServiceFault(error: unknown): error is S3ServiceException {
  if (!(error instanceof Error)) return false;
  const { $fault, $metadata } = error as Partial<S3ServiceException>;
  return ($fault === 'client' || $fault === 'server') && $metadata !== undefined;
}
